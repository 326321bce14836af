// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/constant_time.hpp>

#include <span>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The value of `ce-signature` for a connection, with an entry for each key (upstream.md section 4). It stays the same
/// for as long as the connection lasts.
template <hmac_sha256 Hmac>
[[nodiscard]] std::string sign_connection(std::string_view connection_id, std::span<const access_key> keys,
                                          const Hmac& hmac) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto& key : keys) {
        text += text.empty() ? "sha256=" : ",sha256=";
        for (const unsigned char byte : hmac(key.text(), connection_id)) {
            text += digits[byte >> 4u];
            text += digits[byte & 15u];
        }
    }
    return text;
}

/// Whether one of the entries is made with one of the keys. Every key is compared with every entry in constant time.
template <hmac_sha256 Hmac>
[[nodiscard]] bool verify_signature(std::string_view signature, std::string_view connection_id,
                                    std::span<const access_key> keys, const Hmac& hmac) {
    // As many entries as the service has keys, and some more.
    constexpr int max_entries = 8;
    bool matches = false;
    for (const auto& key : keys) {
        const auto expected = sign_connection(connection_id, {&key, 1}, hmac);
        auto rest = signature;
        for (int entries = 0; entries < max_entries && !rest.empty(); ++entries) {
            const auto end = rest.find(',');
            const auto entry = to_lower(trim_white_space(rest.substr(0, end)));
            matches = equal_in_constant_time(entry, expected) || matches;
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        }
    }
    return matches;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
