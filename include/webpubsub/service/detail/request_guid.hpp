// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/random.hpp>
#include <webpubsub/text/ascii.hpp>

#include <cstddef>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// A random GUID (RFC 4122 section 4.4) in lower case.
WEBPUBSUB_COLD_INLINE std::string random_guid(const secure_random& random) {
    auto text = random_hex(random, 16);
    text[12] = '4';
    text[16] = "89ab"[static_cast<std::size_t>(hex_digit_value(text[16])) & 3u];
    for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
    return text;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
