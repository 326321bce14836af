// SPDX-License-Identifier: MIT
#include <webpubsub/access/openssl_signature_verifier.hpp>
#include <webpubsub/access/service_request.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/rest/request.hpp>

#include "access/signing_key.hpp"
#include "support/access.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

using verdict = result<service_caller, service_refusal>;

const wall_time now = wall_time(1700000000s);
const std::string target = "/api/hubs/chat/:send?api-version=2024-12-01";
const std::string audience = "https://demo.webpubsub.azure.com/api/hubs/chat/:send";

service_request_rules default_rules() {
    service_request_rules rules;
    rules.endpoints = {{true, "demo.webpubsub.azure.com", {}}, {false, "localhost", 8080}};
    rules.keys = {primary, secondary};
    return rules;
}

service_request_rules issuer_rules() {
    auto rules = default_rules();
    rules.issued.emplace();
    rules.issued->keys =
        parse_jwk_set("{\"keys\":[" + an_rsa_key().jwk("r") + "," + a_p256_key().jwk("p") + "]}").value();
    rules.issued->issuers = {"https://issuer"};
    return rules;
}

verdict judge(const std::string& token, const service_request_rules& rules = default_rules(),
              const std::string& of = target) {
    const auto header = "Bearer " + token;
    return authenticate_service_request({of, header}, rules, now, hmac, openssl_signature_verifier{});
}

std::string key_token(const std::string& for_audience = audience, const access_key& key = primary) {
    return sign_jwt(R"({"exp":1700003600,"aud":")" + for_audience + "\"}", key, hmac);
}

const std::string issued_claims =
    R"({"iss":"https://issuer","aud":"https://webpubsub.azure.com/","exp":1700003600,"oid":"7"})";

void check_refused(const verdict& of, errc reason) {
    REQUIRE_FALSE(of);
    CHECK(of.error() == service_refusal{401, message_of(reason), reason});
}

} // namespace

TEST_CASE("both keys admit the holder of an access key, and no other key does") {
    const auto caller = judge(key_token());
    REQUIRE(caller);
    CHECK(holds_alternative<access_key_holder>(*caller));
    CHECK(judge(key_token(audience, secondary)));
    check_refused(judge(key_token(audience, foreign)), errc::token_signature);
    auto rules = default_rules();
    rules.keys.clear();
    check_refused(judge(key_token(), rules), errc::token_signature);
}

TEST_CASE("what this library asks of the service is admitted by it") {
    rest_service service{{true, "demo.webpubsub.azure.com", {}}, "chat", primary};
    const auto call = GENERATE(
        rest::send_to_group("g/%2F+ \xc3\xa4", payload_view::text("x"), {.filter = "userId eq 'a/b?c'", .ttl = 5}),
        rest::connection_exists("c1"), rest::close_user_connections("u/1", {.reason = "why?"}),
        rest::generate_client_token());
    const auto request = make_rest_request(service, call, now, hmac).value();
    const auto* const authorization = find_header(request.headers, "Authorization");
    REQUIRE(authorization != nullptr);
    const auto authenticate = [&](const service_request_rules& rules, const std::string& for_target) {
        return authenticate_service_request({for_target, *authorization}, rules, now, hmac,
                                            openssl_signature_verifier{});
    };
    CHECK(authenticate(default_rules(), request.target));
    // Behind a proxy the service's public name counts, whatever the request says.
    CHECK(authenticate(default_rules(), "http://10.0.0.1:8080" + request.target));
    auto elsewhere = default_rules();
    elsewhere.endpoints = {{true, "other.webpubsub.azure.com", {}}};
    check_refused(authenticate(elsewhere, request.target), errc::token_audience);
    check_refused(authenticate(default_rules(), "/api/hubs/other/:send"), errc::token_audience);
}

TEST_CASE("a request without a bearer's token is refused") {
    const std::string authorization = GENERATE_COPY(as<std::string>{}, "", "Bearer", "Bearer ", "Bearer \t ",
                                                    "Basic " + key_token(), "Bearer" + key_token(), key_token());
    CAPTURE(authorization);
    check_refused(
        authenticate_service_request({target, authorization}, default_rules(), now, hmac, openssl_signature_verifier{}),
        errc::token_missing);
}

TEST_CASE("the scheme of the header is read in any case") {
    const auto header = "bEARER  " + key_token() + " ";
    CHECK(authenticate_service_request({target, header}, default_rules(), now, hmac, openssl_signature_verifier{}));
}

TEST_CASE("an access key's token expires, begins and is for this request") {
    const auto judge_claims = [](const std::string& claims) { return judge(sign_jwt(claims, primary, hmac)); };
    const std::string for_us = R"("aud":")" + audience + "\"";
    CHECK(judge_claims("{\"exp\":1699999701," + for_us + "}"));
    check_refused(judge_claims("{\"exp\":1699999700," + for_us + "}"), errc::token_expired);
    check_refused(judge_claims("{\"exp\":1700003600,\"nbf\":1700000301," + for_us + "}"), errc::token_not_yet_valid);
    check_refused(judge_claims("{\"exp\":1700003600,\"iat\":1700000301," + for_us + "}"), errc::token_not_yet_valid);
    check_refused(judge_claims("{" + for_us + "}"), errc::token_malformed);
    check_refused(judge_claims("{\"exp\":null," + for_us + "}"), errc::token_malformed);
    check_refused(judge_claims("{\"exp\":1700003600}"), errc::token_audience);
    check_refused(judge_claims("{\"exp\":1700003600,\"aud\":[]}"), errc::token_audience);
    CHECK(judge_claims("{\"exp\":1700003600,\"aud\":[\"x\",\"http://localhost:8080/api/hubs/chat/:send\"]}"));

    auto strict = default_rules();
    strict.clock_skew = 0s;
    check_refused(judge(sign_jwt("{\"exp\":1700000000," + for_us + "}", primary, hmac), strict), errc::token_expired);
}

TEST_CASE("a client's token is none of a server") {
    check_refused(judge(key_token("https://demo.webpubsub.azure.com/client/hubs/chat")), errc::token_audience);
    check_refused(judge(key_token("https://demo.webpubsub.azure.com/client/hubs/chat"), default_rules(), "/"),
                  errc::token_audience);
    check_refused(judge(key_token("https://demo.webpubsub.azure.com/")), errc::token_audience);
}

TEST_CASE("the bearer of an issued token is told by its claims, where there are issuers") {
    const auto rsa = an_rsa_key().token(R"({"alg":"RS256","kid":"r"})", issued_claims);
    const auto p256 = a_p256_key().token(R"({"alg":"ES256","kid":"p"})", issued_claims);
    for (const auto& token : {rsa, p256}) {
        const auto caller = judge(token, issuer_rules());
        REQUIRE(caller);
        const auto* const holder = get_if<issued_token_holder>(&*caller);
        REQUIRE(holder != nullptr);
        CHECK(holder->claims.issuer == "https://issuer");
        CHECK(holder->claims.all.back() == claim{"oid", {"7"}});
        check_refused(judge(token), errc::token_algorithm);
    }
    CHECK(holds_alternative<access_key_holder>(*judge(key_token(), issuer_rules())));
}

TEST_CASE("each algorithm has keys of its own, and the others are not tried") {
    const auto rules = issuer_rules();
    // Signed by an access key under the header of an issued token, and the other way round.
    const auto sign_with_key = [](std::string_view header) {
        const auto signed_part =
            detail::base64url(header) + "." + detail::base64url(R"({"exp":1700003600,"aud":")" + audience + "\"}");
        return signed_part + "." + detail::jwt_signature(signed_part, primary, hmac);
    };
    CHECK(judge(sign_with_key(R"({"alg":"HS256","kid":"r"})"), rules));
    check_refused(judge(sign_with_key(R"({"alg":"RS256","kid":"r"})"), rules), errc::token_signature);
    check_refused(judge(sign_with_key(R"({"alg":"none"})"), rules), errc::token_algorithm);
    check_refused(judge(an_rsa_key().token(R"({"alg":"HS256","kid":"r"})", issued_claims), rules),
                  errc::token_signature);
    check_refused(judge(an_rsa_key().token(R"({"alg":"RS512","kid":"r"})", issued_claims), rules),
                  errc::token_algorithm);
    check_refused(judge(an_rsa_key().token(R"({"alg":"RS256","kid":"x"})", issued_claims), rules), errc::token_key);
    check_refused(judge(an_rsa_key().token(R"({"alg":"RS256","kid":"r"})", R"({"exp":1700003600})"), rules),
                  errc::token_issuer);
    // Even if an access key is the text of an issuer's key.
    auto careless = rules;
    careless.keys.clear();
    const auto text = access_key::make(an_rsa_key().jwk("r")).value();
    check_refused(judge(key_token(audience, text), careless), errc::token_signature);
}

TEST_CASE("a refusal shows nothing of the token and of the keys") {
    for (const auto& token : {key_token(audience, foreign), key_token("https://elsewhere/"), std::string("x.y.z")}) {
        const auto refused = judge(token);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message == message_of(refused.error().reason));
        CHECK(refused.error().message.find("elsewhere") == std::string::npos);
    }
}

TEST_CASE("the limits of a service's request are those of its token and its target") {
    auto rules = default_rules();
    const auto token = key_token();
    rules.limits.max_bytes = token.size();
    rules.max_target_bytes = target.size();
    CHECK(judge(token, rules));
    --rules.max_target_bytes;
    check_refused(judge(token, rules), errc::token_audience);
    rules = default_rules();
    rules.limits.max_bytes = token.size() - 1;
    check_refused(judge(token, rules), errc::token_malformed);
    for (const auto* const odd : {"", "*", "ftp://demo.webpubsub.azure.com/api", "/api/hubs/%zz", "https://"}) {
        check_refused(judge(token, default_rules(), odd), errc::token_audience);
    }
}
