// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/audience.hpp>
#include <webpubsub/access/client_claims.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/access/jwt.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/time.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

    // Whole seconds: nanoseconds could not hold the dates that a token may name.
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    if (seconds - rules.clock_skew >= claims->expires) return error(errc::token_expired);
    const auto latest = seconds + rules.clock_skew;
    if (claims->not_before > latest || claims->issued_at > latest) return error(errc::token_not_yet_valid);
    return claims;
}

/// What a new access token says about its client; what is empty is left out of the token.
struct client_token_options {
    std::string user_id{};
    /// E.g. `webpubsub.joinLeaveGroup` and `webpubsub.sendToGroup.news`. Without any, a client may send events and
    /// invoke, no more (permissions.md section 1).
    std::vector<std::string> roles{};
    /// The client is in them from the start, without a role.
    std::vector<std::string> groups{};
    /// Claims of the application's own, which the service hands on to the event handler.
    std::vector<claim> custom{};
    /// Whole seconds, at least one. It counts for connecting only: a connection outlives its token.
    std::chrono::seconds lifetime = std::chrono::minutes(60);
};

namespace detail {

WEBPUBSUB_COLD_INLINE bool is_registered_claim(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 7> names{"role", "webpubsub.group", "iat", "nbf", "exp", "aud", "sub"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// False if one of the texts is not UTF-8.
[[nodiscard]] WEBPUBSUB_COLD_INLINE bool write_strings(std::span<const std::string> texts, boost::json::array& out) {
    out.reserve(texts.size());
    for (const auto& text : texts) {
        if (!is_utf8(text)) return false;
        out.emplace_back(boost::json::string(text));
    }
    return true;
}

[[nodiscard]] WEBPUBSUB_COLD_INLINE bool write_custom_claims(std::span<const claim> claims,
                                                             boost::json::object& payload) {
    for (const auto& [name, values] : claims) {
        if (!is_utf8(name) || is_registered_claim(name) || payload.contains(name)) return false;
        boost::json::array texts;
        if (!write_strings(values, texts)) return false;
        if (texts.size() == 1) {
            payload.emplace(name, std::move(texts.front()));
        } else {
            payload.emplace(name, std::move(texts));
        }
    }
    return true;
}

[[nodiscard]] WEBPUBSUB_COLD_INLINE result<std::string> write_client_claims(const client_token_options& options,
                                                                            std::string_view audience, wall_time now) {
    if (!std::all_of(options.groups.begin(), options.groups.end(), is_valid_group_name)) {
        return error(errc::invalid_group_name);
    }
    const auto issued_at = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    const std::int64_t lifetime = options.lifetime.count();
    if (lifetime < 1 || lifetime > max_numeric_date - issued_at) return error(errc::invalid_claim);
    if (!is_utf8(options.user_id) || !is_utf8(audience)) return error(errc::invalid_claim);

    boost::json::object payload;
    boost::json::array roles, groups;
    if (!write_strings(options.roles, roles) || !write_strings(options.groups, groups)) {
        return error(errc::invalid_claim);
    }
    if (!roles.empty()) payload.emplace("role", std::move(roles));
    if (!groups.empty()) payload.emplace("webpubsub.group", std::move(groups));
    payload.emplace("iat", issued_at);
    payload.emplace("exp", issued_at + lifetime);
    payload.emplace("aud", boost::json::string(audience));
    if (!options.user_id.empty()) payload.emplace("sub", boost::json::string(options.user_id));
    if (!write_custom_claims(options.custom, payload)) return error(errc::invalid_claim);
    return boost::json::serialize(payload);
}

} // namespace detail

/// Makes a token with the claims in the order of the official JavaScript service client. `audience` comes from
/// `client_audience`.
/// Errors: invalid_group_name; invalid_claim: a text that is not UTF-8, a custom claim with a name of the protocol's
/// own, or a lifetime out of range.
template <hmac_sha256 Hmac>
[[nodiscard]] result<std::string> mint_client_token(const client_token_options& options, std::string_view audience,
                                                    const access_key& key, wall_time now, const Hmac& hmac) {
    const auto payload = detail::write_client_claims(options, audience, now);
    if (!payload) return payload.error();
    return sign_jwt(*payload, key, hmac);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
