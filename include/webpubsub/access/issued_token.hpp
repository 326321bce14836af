// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/jwk_set.hpp>
#include <webpubsub/access/public_key.hpp>
#include <webpubsub/access/registered_claims.hpp>
#include <webpubsub/access/unverified_jwt.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/variant.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The resource that tokens of Microsoft Entra ID for the service are issued for (rest.md section 2).
inline constexpr std::string_view service_audience = "https://webpubsub.azure.com";

/// Whose tokens count.
struct issued_token_rules {
    jwk_set keys;
    /// The texts that `iss` may be, e.g. `https://login.microsoftonline.com/{tenant}/v2.0`. An empty list admits
    /// nobody.
    std::vector<std::string> issuers;
    /// Whoever holds one of the keys is an issuer; the list does not count.
    bool any_issuer = false;
    /// The texts of which `aud` must have one. An empty list admits nobody.
    std::vector<std::string> audiences{std::string(service_audience), std::string(service_audience) + "/"};
    /// Tokens that were issued for others count as well, and tokens for nobody; the list does not count.
    bool any_audience = false;
    /// How far the clocks of issuer and service may be apart, for all three times of a token.
    std::chrono::seconds clock_skew = std::chrono::minutes(5);
    jwt_limits limits;
};

namespace detail {

/// The keys that may have signed a token with this header, none of them for another algorithm than the header's; never
/// an empty list. With a `kid` they are those of that name. Without one it is the only key of the algorithm, for of
/// several it would be the token that chooses.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<std::vector<const public_key*>> keys_for(const jwt_header& header,
                                                                                    const jwk_set& set) {
    std::vector<const public_key*> keys;
    bool is_known = false;
    for (const auto& each : set.keys) {
        if (header.key_id && each.id != header.key_id) continue;
        is_known = true;
        if (algorithm_of(each.key) == header.algorithm) keys.push_back(&each.key);
    }
    if (!is_known || (!header.key_id && keys.size() > 1)) return error(errc::token_key);
    if (keys.empty()) return error(errc::token_algorithm);
    return keys;
}

WEBPUBSUB_COLD_INLINE bool contains(const std::vector<std::string>& list, std::string_view text) noexcept {
    return std::find(list.begin(), list.end(), text) != list.end();
}

[[nodiscard]] WEBPUBSUB_COLD_INLINE result<void> check_issued_claims(const registered_claims& claims,
                                                                     const issued_token_rules& rules, wall_time now) {
    if (!rules.any_issuer && !contains(rules.issuers, claims.issuer)) return error(errc::token_issuer);
    const auto is_ours = [&rules](const std::string& audience) { return contains(rules.audiences, audience); };
    if (!rules.any_audience && std::none_of(claims.audiences.begin(), claims.audiences.end(), is_ours)) {
        return error(errc::token_audience);
    }
    return check_token_times(claims.expires, claims.not_before, claims.issued_at, now, rules.clock_skew);
}

} // namespace detail

/// The claims of a token that somebody else has issued, such as Microsoft Entra ID, after its signature, its issuer,
/// its audience and its times are found good. The key is chosen by the token's `kid`, the algorithm by the key, and the
/// token's `alg` must be the same. Issuers and audiences are compared byte by byte (RFC 7519 sections 4.1.1 and 4.1.3).
/// Errors, in this order: token_malformed; token_key: no key has that `kid`, or there is none and several keys would
/// do; token_algorithm; token_signature; token_malformed for a claim of a wrong type or a missing `exp`; token_issuer,
/// token_audience, token_expired, token_not_yet_valid.
template <signature_verifier Verifier>
[[nodiscard]] result<registered_claims> verify_issued_token(std::string_view token, const issued_token_rules& rules,
                                                            wall_time now, const Verifier& verifier) {
    const auto read = detail::read_unverified_jwt(token, rules.limits);
    if (!read) return read.error();
    const auto keys = detail::keys_for(read->header, rules.keys);
    if (!keys) return keys.error();
    std::string signature;
    if (!base64url_decode_append(read->segments.signature, signature)) return error(errc::token_malformed);
    const auto verifies = [&](const public_key* key) {
        return visit([&](const auto& of) { return verifier(of, read->segments.signed_part, signature); }, *key);
    };
    if (std::none_of(keys->begin(), keys->end(), verifies)) return error(errc::token_signature);

    const auto payload = detail::decode_jwt_object(read->segments.payload, rules.limits);
    if (!payload) return payload.error();
    auto claims = read_registered_claims(*payload);
    if (!claims) return claims.error();
    if (const auto checked = detail::check_issued_claims(*claims, rules, now); !checked) return checked.error();
    return claims;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
