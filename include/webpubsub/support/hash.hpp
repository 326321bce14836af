// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The secret of a keyed hash. Draw it at random, so that no peer can choose keys that collide.
struct hash_seed {
    std::uint64_t first = 0;
    std::uint64_t second = 0;

    friend constexpr bool operator==(const hash_seed&, const hash_seed&) = default;
};

struct siphash_state {
    std::uint64_t v0;
    std::uint64_t v1;
    std::uint64_t v2;
    std::uint64_t v3;

    constexpr explicit siphash_state(const hash_seed& seed) noexcept
        : v0(seed.first ^ 0x736f6d6570736575),
          v1(seed.second ^ 0x646f72616e646f6d),
          v2(seed.first ^ 0x6c7967656e657261),
          v3(seed.second ^ 0x7465646279746573) {}

    constexpr void round() noexcept {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }

    constexpr void absorb(std::uint64_t word) noexcept {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }

    constexpr std::uint64_t finish() noexcept {
        v2 ^= 0xFF;
        for (int i = 0; i < 4; ++i) round();
        return v0 ^ v1 ^ v2 ^ v3;
    }
};

constexpr std::uint64_t little_endian_word(std::string_view bytes) noexcept {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        word |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
    return word;
}

/// SipHash-2-4 of Aumasson and Bernstein. `seed.first` is the lower half of their 16-byte key, read as little-endian.
constexpr std::uint64_t siphash(const hash_seed& seed, std::string_view bytes) noexcept {
    siphash_state state(seed);
    const std::uint64_t length = bytes.size();
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) state.absorb(little_endian_word(bytes.substr(0, 8)));
    state.absorb(little_endian_word(bytes) | length << 56);
    return state.finish();
}

/// The same of a number's eight bytes, least significant first.
constexpr std::uint64_t siphash(const hash_seed& seed, std::uint64_t number) noexcept {
    siphash_state state(seed);
    state.absorb(number);
    state.absorb(std::uint64_t{8} << 56);
    return state.finish();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
