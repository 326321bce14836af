// SPDX-License-Identifier: MIT

// Any bytes are no token of ours; what we sign is verified, and after a change of any of its bytes it is not. The data
// are two lines: a header, and a payload; as a whole they are taken for a token too.

#include "promise.hpp"

#include <webpubsub/access/client_claims.hpp>
#include <webpubsub/access/issued_token.hpp>
#include <webpubsub/access/jwt.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/access/token_expiry.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace webpubsub;

const std::vector<access_key> keys{access_key::make(std::string(32, 'k')).value(),
                                   access_key::make(std::string(40, 'K')).value()};

/// Holds every signature for good, so that what is behind it is reached.
struct believer {
    bool operator()(const rsa_public_key&, std::string_view, std::string_view) const { return true; }
    bool operator()(const p256_public_key&, std::string_view, std::string_view) const { return true; }
};

issued_token_rules open_rules() {
    issued_token_rules rules;
    rules.keys.keys = {{"r", rsa_public_key{"n", "e"}}, {"p", p256_public_key{}}};
    rules.any_issuer = rules.any_audience = true;
    return rules;
}

void judge_anything(std::string_view token) {
    (void)read_token_expiry(token);
    (void)read_client_url_expiry(token);
    fuzz::require(!verify_hs256(token, keys, openssl_hmac{}), "what nobody signed is refused");
}

void judge_issued(std::string_view token) {
    static const auto rules = open_rules();
    const auto claims = verify_issued_token(token, rules, wall_time(std::chrono::seconds(1'700'000'000)), believer{});
    if (!claims) return fuzz::require(kind_of(claims.error().code) == error_kind::refused, "a refusal is a refusal");
    const auto algorithm = detail::read_unverified_jwt(token, rules.limits)->header.algorithm;
    fuzz::require(algorithm == "RS256" || algorithm == "ES256", "an issued token has a key's algorithm");
}

void judge_signed(std::string_view payload, std::string_view data) {
    auto token = sign_jwt(payload, keys[1], openssl_hmac{});
    const auto verified = verify_hs256(token, keys, openssl_hmac{});
    const bool is_object = check_json(payload, jwt_limits{}.max_depth) && detail::json_cursor(payload).is_object();
    fuzz::require(verified.has_value() == is_object, "what we sign is verified if it is an object");
    const auto object = verify_jwt(token, keys, openssl_hmac{});
    fuzz::require(!object || verified, "an object is one of a verified token");
    if (verified) {
        fuzz::require(*verified == payload, "a payload is what was signed");
        const auto claims = read_registered_claims(*verified);
        const auto expiry = read_token_expiry(token);
        fuzz::require(!claims || (expiry && *expiry == claims->expires), "an expiry is that of the claims");
        const auto of_client = object ? read_client_claims(*object) : result<client_claims>(errc::token_malformed);
        // Unless a claim occurs twice, of which an object has the last one.
        if (claims && of_client && of_client->all.size() == claims->all.size()) {
            fuzz::require(of_client->audiences == claims->audiences, "claims are read alike");
        }
    }
    if (data.empty()) return;
    // Which byte, and what it becomes, are the data's.
    std::size_t sum = 0;
    for (const char c : data) sum = sum * 31 + static_cast<unsigned char>(c);
    auto& changed = token[sum % token.size()];
    const auto other = static_cast<char>(static_cast<unsigned char>(changed) ^ (1u << sum / token.size() % 8));
    changed = other;
    fuzz::require(!verify_hs256(token, keys, openssl_hmac{}), "a changed token is refused");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    judge_anything(all);
    const auto line = std::min(all.find('\n'), size);
    const auto payload = all.substr(std::min(line + 1, size));
    judge_issued(detail::base64url(all.substr(0, line)) + "." + detail::base64url(payload) + ".c2ln");
    judge_signed(payload, all);
    return 0;
}
