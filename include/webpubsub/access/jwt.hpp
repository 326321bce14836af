// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/constant_time.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

// JSON Web Tokens in the compact form (RFC 7515 section 3.1), signed with HS256 and nothing else: the service knows no
// other algorithm (sessions.md section 2.3), so the `alg` of a token never chooses one.

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

namespace detail {

WEBPUBSUB_COLD_INLINE std::string base64url(std::string_view bytes) {
    std::string text;
    base64url_encode_append(bytes, text);
    return text;
}

/// The signature segment that `key` gives. Comparing segments instead of bytes leaves no second spelling of a
/// signature (unused bits, padding) that would be accepted.
template <hmac_sha256 Hmac>
std::string jwt_signature(std::string_view signed_part, const access_key& key, const Hmac& hmac) {
    const sha256_digest digest = hmac(key.text(), signed_part);
    return base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

[[nodiscard]] WEBPUBSUB_COLD_INLINE result<boost::json::object> parse_jwt_segment(std::string_view segment,
                                                                                  const jwt_limits& limits) {
    std::string text;
    if (!base64url_decode_append(segment, text)) return error(errc::token_malformed);
    boost::json::parse_options options;
    options.max_depth = limits.max_depth;
    boost::system::error_code failure;
    auto value = boost::json::parse(text, failure, {}, options);
    if (failure || !value.is_object()) return error(errc::token_malformed);
    return std::move(value.get_object());
}

} // namespace detail

/// A token with the header `{"alg":"HS256","typ":"JWT"}` and this payload, a JSON object that is taken as it is.
template <hmac_sha256 Hmac>
[[nodiscard]] std::string sign_jwt(std::string_view payload, const access_key& key, const Hmac& hmac) {
    std::string token = detail::base64url(R"({"alg":"HS256","typ":"JWT"})");
    token += '.';
    base64url_encode_append(payload, token);
    const std::string signature = detail::jwt_signature(token, key, hmac);
    token += '.';
    token += signature;
    return token;
}

/// The payload of a token that one of `keys` signed; nothing in it is judged. The payload is not even parsed before
/// the signature is known to be right. A member that occurs twice counts as its last (RFC 7519 section 4).
/// Errors: token_malformed, token_algorithm (`alg` is not exactly "HS256"), token_signature.
template <hmac_sha256 Hmac>
[[nodiscard]] result<boost::json::object> verify_jwt(std::string_view token, std::span<const access_key> keys,
                                                     const Hmac& hmac, const jwt_limits& limits = {}) {
    if (token.size() > limits.max_bytes) return error(errc::token_malformed);
    const auto segments = split_jwt(token);
    if (!segments) return segments.error();

    const auto header = detail::parse_jwt_segment(segments->header, limits);
    if (!header) return header.error();
    const auto* const algorithm = header->if_contains("alg");
    if (algorithm == nullptr || !algorithm->is_string() || algorithm->get_string() != "HS256") {
        return error(errc::token_algorithm);
    }
    // An extension that must be understood (RFC 7515 section 4.1.11); this library understands none.
    if (header->contains("crit")) return error(errc::token_malformed);

    bool matches = false;
    for (const access_key& key : keys) {
        const std::string expected = detail::jwt_signature(segments->signed_part, key, hmac);
        matches = equal_in_constant_time(expected, segments->signature) || matches;
    }
    if (!matches) return error(errc::token_signature);
    return detail::parse_jwt_segment(segments->payload, limits);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
