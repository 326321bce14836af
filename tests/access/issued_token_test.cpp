// SPDX-License-Identifier: MIT
#include <webpubsub/access/issued_token.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/access/openssl_signature_verifier.hpp>

#include "access/rfc_keys.hpp"
#include "access/signing_key.hpp"
#include "support/access.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

const std::string issuer = "https://login.example/tenant/v2.0";
const std::string good_claims =
    R"({"iss":")" + issuer + R"(","aud":"https://webpubsub.azure.com","exp":1700003600,"sub":"ada"})";

issued_token_rules rules_with(const std::string& keys) {
    issued_token_rules rules;
    rules.keys = parse_jwk_set("{\"keys\":[" + keys + "]}").value();
    rules.issuers = {"https://elsewhere", issuer};
    return rules;
}

issued_token_rules default_rules() { return rules_with(an_rsa_key().jwk("r") + "," + a_p256_key().jwk("p")); }

result<registered_claims> verify(const std::string& token, const issued_token_rules& rules = default_rules(),
                                 wall_time now = at_second(1700000000)) {
    return verify_issued_token(token, rules, now, openssl_signature_verifier{});
}

std::string rsa_token(std::string_view claims, std::string_view header = R"({"alg":"RS256","kid":"r"})") {
    return an_rsa_key().token(header, claims);
}

/// The verdict on good claims under a header.
result<registered_claims> verify_header(std::string_view header, const signing_key& key = an_rsa_key()) {
    return verify(key.token(header, good_claims));
}

std::string claims_with(std::string_view members) {
    return R"({"iss":")" + issuer + R"(","aud":"https://webpubsub.azure.com","exp":1700003600)" + std::string(members) +
           "}";
}

} // namespace

TEST_CASE("the tokens of RFC 7515 appendices A.2 and A.3 are verified as issued tokens") {
    auto rules = rules_with(rfc7515_rsa_key + "," + rfc7515_p256_key);
    rules.issuers = {"joe"};
    rules.any_audience = true;
    for (const auto& token : {rfc7515_rs256_token, rfc7515_es256_token}) {
        const auto claims = verify(token, rules, at_second(1300819000));
        REQUIRE(claims);
        CHECK(claims->issuer == "joe");
        CHECK(claims->expires.time_since_epoch() == 1300819380s);
        CHECK(claims->all ==
              std::vector<claim>{{"iss", {"joe"}}, {"exp", {"1300819380"}}, {"http://example.com/is_root", {"true"}}});
        CHECK(verify(token, rules, at_second(1300819380 + 300)).error() == error(errc::token_expired));
        rules.any_audience = false;
        CHECK(verify(token, rules, at_second(1300819000)).error() == error(errc::token_audience));
        rules.any_audience = true;
    }
}

TEST_CASE("a token is verified by the key that it names and by no other") {
    CHECK(verify_header(R"({"alg":"RS256","kid":"r"})")->subject == "ada");
    CHECK(verify_header(R"({"alg":"ES256","kid":"p","typ":"JWT"})", a_p256_key())->subject == "ada");
    CHECK(verify_header(R"({"alg":"RS256","kid":"R"})").error() == error(errc::token_key));
    CHECK(verify_header(R"({"alg":"RS256","kid":""})").error() == error(errc::token_key));
    // A header that names the other key, and signatures of strangers.
    CHECK(verify_header(R"({"alg":"ES256","kid":"p"})").error() == error(errc::token_signature));
    CHECK(verify_header(R"({"alg":"RS256","kid":"r"})", signing_key::rsa()).error() == error(errc::token_signature));
    CHECK(verify_header(R"({"alg":"ES256","kid":"p"})", signing_key::p256()).error() == error(errc::token_signature));
    CHECK(verify(rsa_token(good_claims), rules_with("")).error() == error(errc::token_key));
}

TEST_CASE("without a kid the only key of the algorithm counts") {
    CHECK(verify_header(R"({"alg":"RS256"})"));
    CHECK(verify_header(R"({"alg":"ES256"})", a_p256_key()));
    const auto two = rules_with(an_rsa_key().jwk("1") + "," + rfc7515_rsa_key + "," + a_p256_key().jwk("2"));
    CHECK(verify(rsa_token(good_claims, R"({"alg":"RS256"})"), two).error() == error(errc::token_key));
    CHECK(verify(a_p256_key().token(R"({"alg":"ES256"})", good_claims), two));
    CHECK(verify(rsa_token(good_claims, R"({"alg":"RS256","kid":"1"})"), two));
    SECTION("and a kid that is no string is none") { CHECK(verify_header(R"({"alg":"RS256","kid":1})")); }
}

TEST_CASE("of keys of the same name each is tried that has the algorithm") {
    const auto rules = rules_with(rfc7515_rsa_key.substr(0, rfc7515_rsa_key.size() - 1) + R"(,"kid":"k"},)" +
                                  a_p256_key().jwk("k") + "," + an_rsa_key().jwk("k"));
    CHECK(verify(rsa_token(good_claims, R"({"alg":"RS256","kid":"k"})"), rules));
    CHECK(verify(a_p256_key().token(R"({"alg":"ES256","kid":"k"})", good_claims), rules));
}

TEST_CASE("the algorithm follows from the key, and the token's own must be the same") {
    for (const auto* const alg : {"none", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", "RS256 ", ""}) {
        CAPTURE(alg);
        const std::string name = std::string(R"({"alg":")") + alg + "\"";
        CHECK(verify_header(name + R"(,"kid":"r"})").error() == error(errc::token_algorithm));
        if (std::string_view(alg) != "ES256") CHECK(verify_header(name + "}").error() == error(errc::token_algorithm));
    }
    CHECK(verify_header(R"({"kid":"r"})").error() == error(errc::token_algorithm));
    CHECK(verify_header(R"({"alg":["RS256"],"kid":"r"})").error() == error(errc::token_algorithm));
    CHECK(verify_header(R"({"alg":"RS256","kid":"p"})", a_p256_key()).error() == error(errc::token_algorithm));
}

TEST_CASE("the text of a public key is no secret that signs HS256") {
    const auto secret = access_key::make(an_rsa_key().jwk("r")).value();
    for (const auto* const header :
         {R"({"alg":"HS256","kid":"r"})", R"({"alg":"HS256"})", R"({"alg":"RS256","kid":"r"})"}) {
        const auto signed_part = detail::base64url(header) + "." + detail::base64url(good_claims);
        const auto verdict = verify(signed_part + "." + detail::jwt_signature(signed_part, secret, openssl_hmac{}));
        REQUIRE_FALSE(verdict);
        CHECK((verdict.error().code == errc::token_algorithm || verdict.error().code == errc::token_signature));
    }
}

TEST_CASE("tokens that can't be read, and those with extensions, are malformed") {
    CHECK(verify_header(R"({"alg":"RS256","kid":"r","crit":["b64"],"b64":false})").error() ==
          error(errc::token_malformed));
    CHECK(verify_header(R"(["RS256"])").error() == error(errc::token_malformed));
    const auto token = rsa_token(good_claims);
    CHECK(verify("").error() == error(errc::token_malformed));
    CHECK(verify(token.substr(0, token.rfind('.'))).error() == error(errc::token_malformed));
    CHECK(verify(token.substr(0, token.rfind('.') + 1)).error() == error(errc::token_malformed));
    CHECK(verify(token + "=").error() == error(errc::token_malformed));
    CHECK(verify(token + ".a").error() == error(errc::token_malformed));
    CHECK(verify(rsa_token("[]")).error() == error(errc::token_malformed));
    CHECK(verify(rsa_token("no JSON")).error() == error(errc::token_malformed));
    for (const auto* const member : {R"(,"iss":1)", R"(,"aud":1)", R"(,"aud":["a",1])", R"(,"sub":{})", R"(,"nbf":"1")",
                                     R"(,"iat":1e300)", R"(,"exp":"never")"}) {
        CHECK(verify(rsa_token(claims_with(member))).error() == error(errc::token_malformed));
    }
    CHECK(verify(rsa_token(R"({"iss":")" + issuer + R"(","aud":"https://webpubsub.azure.com"})")).error() ==
          error(errc::token_malformed));
}

TEST_CASE("issuer, audience and times are looked at in this order, after the signature") {
    const auto verdict = [](const std::string& claims) { return verify(rsa_token(claims)).error(); };
    CHECK(verdict(R"({"iss":"x","aud":"y","exp":1})") == error(errc::token_issuer));
    CHECK(verdict(R"({"iss":")" + issuer + R"(","aud":"y","exp":1})") == error(errc::token_audience));
    CHECK(verdict(claims_with(R"(,"exp":1)")) == error(errc::token_expired));
    CHECK(verdict(claims_with(R"(,"nbf":1700000301)")) == error(errc::token_not_yet_valid));
    CHECK(verdict(claims_with(R"(,"iat":1700000301)")) == error(errc::token_not_yet_valid));
    CHECK(verify(rsa_token(claims_with(R"(,"nbf":1700000300,"iat":1700000300)"))));
    CHECK(verify(signing_key::rsa().token(R"({"alg":"RS256","kid":"r"})", "{}")).error() ==
          error(errc::token_signature));
}

TEST_CASE("the clocks may be as far apart as the rules say") {
    auto rules = default_rules();
    const auto token = rsa_token(good_claims);
    CHECK(verify(token, rules, at_second(1700003600 + 299)));
    CHECK(verify(token, rules, at_second(1700003600 + 300)).error() == error(errc::token_expired));
    rules.clock_skew = 0s;
    CHECK(verify(token, rules, at_second(1700003600) - 1ns));
    CHECK(verify(token, rules, at_second(1700003600)).error() == error(errc::token_expired));
}

TEST_CASE("issuers are compared byte by byte, and an empty list admits nobody") {
    auto rules = default_rules();
    for (const auto* const other : {"", "https://login.example/tenant/v2.0/", "https://LOGIN.example/tenant/v2.0"}) {
        const auto claims =
            std::string(R"({"aud":"https://webpubsub.azure.com","exp":1700003600,"iss":")") + other + "\"}";
        CHECK(verify(rsa_token(claims), rules).error() == error(errc::token_issuer));
    }
    const auto nobody = rsa_token(R"({"aud":"https://webpubsub.azure.com","exp":1700003600})");
    CHECK(verify(nobody, rules).error() == error(errc::token_issuer));
    rules.issuers.clear();
    CHECK(verify(nobody, rules).error() == error(errc::token_issuer));
    CHECK(verify(rsa_token(good_claims), rules).error() == error(errc::token_issuer));
    rules.any_issuer = true;
    CHECK(verify(nobody, rules));
    CHECK(verify(rsa_token(good_claims), rules));
}

TEST_CASE("one of the token's audiences is one of the rules', and an empty list admits nobody") {
    struct row {
        std::string_view audience;
        bool ours;
    };
    const auto [audience, ours] = GENERATE(values<row>({
        {R"("https://webpubsub.azure.com")", true},
        {R"("https://webpubsub.azure.com/")", true},
        {R"(["a","https://webpubsub.azure.com/"])", true},
        {R"("https://webpubsub.azure.com/x")", false},
        {R"("https://webpubsub.azure.co")", false},
        {R"("http://webpubsub.azure.com")", false},
        {R"("")", false},
        {"[]", false},
        {"null", false},
    }));
    CAPTURE(audience);
    auto rules = default_rules();
    const auto token = rsa_token(R"({"iss":")" + issuer + R"(","exp":1700003600,"aud":)" + std::string(audience) + "}");
    CHECK(verify(token, rules).has_value() == ours);
    rules.audiences.clear();
    CHECK(verify(token, rules).error() == error(errc::token_audience));
    rules.any_audience = true;
    CHECK(verify(token, rules));
}

TEST_CASE("no issued token survives the change of one of its characters") {
    const auto token = a_p256_key().token(R"({"alg":"ES256","kid":"p"})", good_claims);
    REQUIRE(verify(token));
    for (std::size_t i = 0; i < token.size(); i += 3) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CHECK_FALSE(verify(changed));
    }
}

TEST_CASE("the limits of an issued token are those of its rules") {
    auto rules = default_rules();
    const auto token = rsa_token(good_claims);
    rules.limits.max_bytes = token.size();
    CHECK(verify(token, rules));
    --rules.limits.max_bytes;
    CHECK(verify(token, rules).error() == error(errc::token_malformed));
}
