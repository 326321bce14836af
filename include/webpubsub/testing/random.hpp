// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/random.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE::testing {

/// Numbers that follow from a seed, the same everywhere: for tests, never for secrets.
class random {
public:
    explicit constexpr random(std::uint64_t seed) noexcept : state_(seed) {}

    constexpr std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    /// A number below `limit`, which is not 0.
    constexpr std::uint64_t below(std::uint64_t limit) noexcept { return next() % limit; }
    /// True with a probability from 0 to 1.
    constexpr bool chance(double probability) noexcept {
        return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
    }
    constexpr duration between(duration low, duration high) noexcept {
        return low + duration(static_cast<duration::rep>(below(static_cast<std::uint64_t>((high - low).count()) + 1)));
    }

    /// A source of bytes for a hub, which draws them from `from`.
    static secure_random source(random& from) noexcept {
        return {&from, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& numbers = *static_cast<random*>(context);
                    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(numbers.next());
                }};
    }

private:
    std::uint64_t state_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::testing
