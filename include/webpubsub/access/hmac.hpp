// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace webpubsub {

using sha256_digest = std::array<unsigned char, 32>;

/// A copyable callable that gives the HMAC-SHA-256 (RFC 2104) of `message` under `key`; both are bytes, either may be
/// empty. It must not return when it can't compute: a digest that does not depend on the key would let anyone in.
template <class H>
concept hmac_sha256 = std::copyable<H> && requires(const H& hmac, std::string_view key, std::string_view message) {
    { hmac(key, message) } -> std::same_as<sha256_digest>;
};

/// Compares secrets: the time depends on the lengths only, never on where the first difference is.
inline bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    // volatile: the compiler may not leave the loop early.
    volatile unsigned char difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference = static_cast<unsigned char>(difference |
                                                (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
    }
    return difference == 0;
}

} // namespace webpubsub
