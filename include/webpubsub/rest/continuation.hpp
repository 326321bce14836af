// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>
#include <webpubsub/support/hash.hpp>
#include <webpubsub/text/base64.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

// The continuation token of a list (rest.md section 6): where the next page begins. It is no secret and no permission,
// since whoever may ask for a page may ask for any; what it is protected against is mistakes.

/// A longer token is none.
inline constexpr std::size_t max_continuation_token_size = 2048;

namespace detail {

/// Ties a place to the list that it is a place of.
WEBPUBSUB_COLD_INLINE std::string continuation_check(std::string_view hub, std::string_view group,
                                                     std::string_view last) {
    std::string all;
    for (const auto part : {hub, group, last}) {
        all += std::to_string(part.size());
        all += ':';
        all += part;
    }
    auto sum = siphash({0x7765627075627375, 0x636F6E74696E7565}, all);
    std::string text(sizeof sum, '\0');
    for (auto& byte : text) {
        byte = static_cast<char>(sum & 0xFFu);
        sum >>= 8u;
    }
    return text;
}

} // namespace detail

/// The token of the page that follows the connection `last` in the list of a group.
WEBPUBSUB_COLD_INLINE std::string make_continuation_token(std::string_view hub, std::string_view group,
                                                          std::string_view last) {
    std::string token;
    base64url_encode_append(detail::continuation_check(hub, group, last).append(last), token);
    return token;
}

/// The id of the last connection before the page; nothing for a token that was damaged or is one of another list.
WEBPUBSUB_COLD_INLINE std::optional<std::string> read_continuation_token(std::string_view hub, std::string_view group,
                                                                         std::string_view token) {
    std::string bytes;
    if (token.size() > max_continuation_token_size || !base64url_decode_append(token, bytes)) return std::nullopt;
    if (bytes.size() <= sizeof(std::uint64_t)) return std::nullopt;
    auto last = bytes.substr(sizeof(std::uint64_t));
    // Compared as text, so that no second spelling of a token is good.
    if (make_continuation_token(hub, group, last) != token) return std::nullopt;
    return last;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
