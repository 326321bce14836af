// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/client_url.hpp>
#include <webpubsub/access/token_dates.hpp>
#include <webpubsub/access/unverified_jwt.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/json_reader.hpp>
#include <webpubsub/time.hpp>

#include <optional>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

// For whoever was given a token and wants to know how long it will be good, e.g. for the lifetime of
// `client::provide_url`, which is this less the present time. NOTHING IS VERIFIED: neither the signature nor anything
// else of the token, so nobody may be let in because of it.

/// What `exp` says. token_malformed for what is no token and for one without a readable `exp`.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<std::chrono::sys_seconds> read_token_expiry(std::string_view token,
                                                                                       const jwt_limits& limits = {}) {
    if (token.size() > limits.max_bytes) return error(errc::token_malformed);
    const auto segments = split_jwt(token);
    if (!segments) return segments.error();
    const auto payload = detail::decode_jwt_object(segments->payload, limits);
    if (!payload) return payload.error();
    std::optional<std::chrono::sys_seconds> expires;
    for (detail::json_cursor members(*payload); members.next();) {
        if (members.name() == "exp") expires = detail::read_numeric_date(members.value());
    }
    if (!expires) return error(errc::token_malformed);
    return *expires;
}

/// The same of the token in a client access URL. Errors are those of `parse_client_url` as well, and token_missing for
/// a URL without a token.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<std::chrono::sys_seconds> read_client_url_expiry(
    std::string_view url, const jwt_limits& limits = {}) {
    const auto parts = parse_client_url(url);
    if (!parts) return parts.error();
    if (parts->target.access_token.empty()) return error(errc::token_missing);
    return read_token_expiry(parts->target.access_token, limits);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
