// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/audience.hpp>
#include <webpubsub/access/client_claims.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/access/jwt.hpp>
#include <webpubsub/access/token_dates.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/time.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

struct client_token_rules {
    /// How far the clocks of issuer and service may be apart, for all three times of a token.
    std::chrono::seconds clock_skew = std::chrono::minutes(5);
    jwt_limits limits;
};

/// The claims of a client's access token, after its signature, its times and its audience are found good (sessions.md
/// section 2.2). `expected_audiences` are the URLs that the service has for the hub (`client_audience`); one of the
/// token's audiences must cover one of them.
/// Errors: those of `verify_jwt`; token_malformed also for a claim of a wrong type or range and for a missing `exp`;
/// token_audience, token_expired, token_not_yet_valid, in this order.
template <hmac_sha256 Hmac>
[[nodiscard]] result<client_claims> verify_client_token(std::string_view token, std::span<const access_key> keys,
                                                        std::span<const std::string> expected_audiences, wall_time now,
                                                        const Hmac& hmac, const client_token_rules& rules = {}) {
    const auto payload = verify_jwt(token, keys, hmac, rules.limits);
    if (!payload) return payload.error();
    auto claims = read_client_claims(*payload);
    if (!claims) return claims.error();

    const bool for_us = std::any_of(claims->audiences.begin(), claims->audiences.end(), [&](const auto& audience) {
        return std::any_of(expected_audiences.begin(), expected_audiences.end(),
                           [&](const auto& expected) { return audience_covers(audience, expected); });
    });
    if (!for_us) return error(errc::token_audience);

    const auto timely =
        detail::check_token_times(claims->expires, claims->not_before, claims->issued_at, now, rules.clock_skew);
    if (!timely) return timely.error();
    return claims;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
