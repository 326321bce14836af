// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

using sha256_digest = std::array<unsigned char, 32>;

/// A copyable callable that gives the HMAC-SHA-256 (RFC 2104) of `message` under `key`; both are bytes, either may be
/// empty. It must not return when it can't compute: a digest that does not depend on the key would let anyone in.
template <class H>
concept hmac_sha256 = std::copyable<H> && requires(const H& hmac, std::string_view key, std::string_view message) {
    { hmac(key, message) } -> std::same_as<sha256_digest>;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
