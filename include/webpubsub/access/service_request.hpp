// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/audience.hpp>
#include <webpubsub/access/authorization.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/access/hs256.hpp>
#include <webpubsub/access/issued_token.hpp>
#include <webpubsub/access/public_key.hpp>
#include <webpubsub/access/registered_claims.hpp>
#include <webpubsub/access/unverified_jwt.hpp>
#include <webpubsub/error.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/variant.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a REST request says, as far as it tells who has sent it; views into the request.
struct service_request {
    /// Path and query, or the absolute URL of a request to a proxy, of which the host does not count.
    std::string_view target;
    /// The value of the `Authorization` header, empty if there is none.
    std::string_view authorization;
};

struct service_request_rules {
    /// The names under which callers know the service, which behind a proxy are not those that it sees in requests.
    std::vector<endpoint> endpoints;
    /// The primary and the secondary key; a token signed with any of them is good.
    std::vector<access_key> keys;
    /// Where it is set, the tokens of these issuers count as well.
    std::optional<issued_token_rules> issued;
    /// How far the clocks of caller and service may be apart, for tokens of access keys.
    std::chrono::seconds clock_skew = std::chrono::minutes(5);
    /// Of tokens of access keys.
    jwt_limits limits;
    /// A longer target is refused.
    std::size_t max_target_bytes = 64 * 1024;
};

/// One who has an access key.
struct access_key_holder {
    friend bool operator==(const access_key_holder&, const access_key_holder&) = default;
};

/// One who has a token of an issuer. What it may do is for the host to judge, by the claims.
struct issued_token_holder {
    registered_claims claims;

    friend bool operator==(const issued_token_holder&, const issued_token_holder&) = default;
};

using service_caller = variant<access_key_holder, issued_token_holder>;

/// The answer to a request whose sender is not known. The header `WWW-Authenticate: Bearer` is the host's to add.
struct service_refusal {
    unsigned http_status = 401;
    /// For the body of the response; says nothing of the request's content and nothing of the keys.
    std::string message;
    errc reason{};

    friend bool operator==(const service_refusal&, const service_refusal&) = default;
};

namespace detail {

/// The claims of an access key's token (rest.md section 2): it expires, and is for this request.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<void> check_request_claims(std::string_view payload, std::string_view target,
                                                                      const service_request_rules& rules,
                                                                      wall_time now) {
    const auto claims = read_registered_claims(payload);
    if (!claims) return claims.error();
    bool for_us = false;
    for (const auto& audience : claims->audiences) {
        for (const auto& where : rules.endpoints) for_us = for_us || audience_is_request(audience, where, target);
    }
    if (!for_us) return error(errc::token_audience);
    return check_token_times(claims->expires, claims->not_before, claims->issued_at, now, rules.clock_skew);
}

template <hmac_sha256 Hmac, signature_verifier Verifier>
[[nodiscard]] result<service_caller> find_service_caller(const service_request& request,
                                                         const service_request_rules& rules, wall_time now,
                                                         const Hmac& hmac, const Verifier& verifier) {
    const auto token = token_of_authorization(request.authorization);
    if (token.empty()) return error(errc::token_missing);
    auto target = request.target;
    if (target.size() > rules.max_target_bytes) return error(errc::token_audience);
    if (!target.starts_with('/')) {
        const auto parts = split_url(target);
        if (!parts) return error(errc::token_audience);
        target = parts->rest;
    }
    auto verified = verify_hs256(token, rules.keys, hmac, rules.limits);
    if (verified) {
        if (const auto checked = check_request_claims(*verified, target, rules, now); !checked) return checked.error();
        return service_caller(access_key_holder{});
    }
    // Whatever is not HS256 is no access key's. A key of an issuer never verifies HS256.
    if (verified.error().code != errc::token_algorithm || !rules.issued) return verified.error();
    auto claims = verify_issued_token(token, *rules.issued, now, verifier);
    if (!claims) return claims.error();
    return service_caller(issued_token_holder{std::move(*claims)});
}

} // namespace detail

/// Who sends a REST request (rest.md section 2): the holder of an access key, by a token that is signed with HS256 for
/// this request, or one who has a token of an issuer, signed with RS256 or ES256. Neither is tried for the other.
/// A health request needs no token, and is not for this function.
/// Refusals have the status 401 and the reasons token_missing; token_audience, also for a target that can't be read;
/// and those of `verify_hs256` and `verify_issued_token`.
template <hmac_sha256 Hmac, signature_verifier Verifier>
[[nodiscard]] result<service_caller, service_refusal> authenticate_service_request(const service_request& request,
                                                                                   const service_request_rules& rules,
                                                                                   wall_time now, const Hmac& hmac,
                                                                                   const Verifier& verifier) {
    auto caller = detail::find_service_caller(request, rules, now, hmac, verifier);
    if (!caller) return service_refusal{401, message_of(caller.error().code), caller.error().code};
    return std::move(*caller);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
