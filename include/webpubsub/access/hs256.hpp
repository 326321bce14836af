// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/access/unverified_jwt.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/text/constant_time.hpp>

#include <span>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

// Tokens of access keys. A key of the service knows HS256 and nothing else (sessions.md section 2.3), so the `alg` of a
// token never chooses an algorithm.

namespace detail {

/// The signature segment that `key` gives. Comparing segments instead of bytes leaves no second spelling of a
/// signature (unused bits, padding) that would be accepted.
template <hmac_sha256 Hmac>
std::string jwt_signature(std::string_view signed_part, const access_key& key, const Hmac& hmac) {
    const sha256_digest digest = hmac(key.text(), signed_part);
    return base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
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

/// The payload, a JSON object, of a token that one of `keys` signed; nothing in it is judged. It is not even looked at
/// before the signature is known to be right.
/// Errors: token_malformed, token_algorithm (`alg` is not exactly "HS256"), token_signature.
template <hmac_sha256 Hmac>
[[nodiscard]] result<std::string> verify_hs256(std::string_view token, std::span<const access_key> keys,
                                               const Hmac& hmac, const jwt_limits& limits = {}) {
    const auto read = detail::read_unverified_jwt(token, limits);
    if (!read) return read.error();
    if (read->header.algorithm != "HS256") return error(errc::token_algorithm);

    bool matches = false;
    for (const access_key& key : keys) {
        const std::string expected = detail::jwt_signature(read->segments.signed_part, key, hmac);
        matches = equal_in_constant_time(expected, read->segments.signature) || matches;
    }
    if (!matches) return error(errc::token_signature);
    return detail::decode_jwt_object(read->segments.payload, limits);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
