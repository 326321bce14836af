// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/json_reader.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

// JSON Web Tokens in the compact form (RFC 7515 section 3.1), as they come: whoever sent one may have written anything.

struct jwt_limits {
    /// Of the whole token. A request's target holds at most one, and no web server lets through much more.
    std::size_t max_bytes = 64 * 1024;
    /// Of the JSON objects in it.
    std::size_t max_depth = 16;
};

/// The three segments of a token, still encoded; views into it.
struct jwt_segments {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    /// Header and payload with the dot between them.
    std::string_view signed_part;
};

/// Exactly three segments, none empty (so an unsigned token is refused here); token_malformed otherwise.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<jwt_segments> split_jwt(std::string_view token) {
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos) return error(errc::token_malformed);
    const jwt_segments segments{token.substr(0, first), token.substr(first + 1, second - first - 1),
                                token.substr(second + 1), token.substr(0, second)};
    if (segments.header.empty() || segments.payload.empty() || segments.signature.empty() ||
        segments.signature.find('.') != std::string_view::npos) {
        return error(errc::token_malformed);
    }
    return segments;
}

/// What a token says of its signature (RFC 7515 section 4.1). It chooses nothing: it is compared with what a key says.
struct jwt_header {
    /// `alg`; empty where it is missing or no string.
    std::string algorithm;
    /// `kid`, where it is a string.
    std::optional<std::string> key_id;
};

namespace detail {

/// The text of an encoded segment, which is one JSON object; token_malformed for anything else.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<std::string> decode_jwt_object(std::string_view segment,
                                                                          const jwt_limits& limits) {
    std::string text;
    if (!base64url_decode_append(segment, text) || !check_json(text, limits.max_depth) ||
        !json_cursor(text).is_object()) {
        return error(errc::token_malformed);
    }
    return text;
}

/// A token that is taken apart, and whose signature is not looked at yet.
struct unverified_jwt {
    jwt_segments segments;
    jwt_header header;
};

/// Of members of the same name the last one counts (RFC 7519 section 4). A header with `crit` is token_malformed: it
/// names extensions that must be understood (RFC 7515 section 4.1.11), and there are none that are.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<unverified_jwt> read_unverified_jwt(std::string_view token,
                                                                               const jwt_limits& limits) {
    if (token.size() > limits.max_bytes) return error(errc::token_malformed);
    const auto segments = split_jwt(token);
    if (!segments) return segments.error();
    const auto text = decode_jwt_object(segments->header, limits);
    if (!text) return text.error();
    unverified_jwt out{*segments, {}};
    for (json_cursor members(*text); members.next();) {
        if (members.name() == "crit") return error(errc::token_malformed);
        if (members.name() == "alg") out.header.algorithm = json_string_of(members.value());
        if (members.name() == "kid" && members.value().is_string()) out.header.key_id = json_string_of(members.value());
    }
    return out;
}

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE
