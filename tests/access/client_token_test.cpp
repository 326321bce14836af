// SPDX-License-Identifier: MIT
#include <webpubsub/access/client_token.hpp>
#include <webpubsub/access/mint_client_token.hpp>

#include "support/access.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

const std::vector<access_key> both_keys{secondary, primary};
const std::string audience = "https://example.webpubsub.azure.com/client/hubs/chat";

result<client_claims> verify(std::string_view token, wall_time now, const client_token_rules& rules = {}) {
    const std::vector<std::string> expected{"http://localhost:8080/client/hubs/chat", audience};
    return verify_client_token(token, both_keys, expected, now, hmac, rules);
}

/// The verdict on a payload signed with a good key, at second 1700000000.
result<client_claims> verify_payload(const std::string& payload) {
    return verify(sign_jwt(payload, primary, hmac), at_second(1700000000));
}

std::string payload_of(std::string_view token) {
    std::string payload;
    REQUIRE(base64url_decode_append(split_jwt(token).value().payload, payload));
    return payload;
}

} // namespace

TEST_CASE("the protocol's test vector is a good token") {
    const std::string_view token =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJhdWQiOiJodHRwczovL2V4YW1wbGUud2VicHVic3ViLmF6dXJlLmNvbS9jbGllbnQvaHVicy9jaGF0IiwiaWF0IjoxNzAwMDAwMDAwLCJl"
        "eHAiOjE3MDAwMDM2MDAsInN1YiI6InVzZXIxIiwicm9sZSI6WyJ3ZWJwdWJzdWIuc2VuZFRvR3JvdXAiLCJ3ZWJwdWJzdWIuam9pbkxlYXZl"
        "R3JvdXAucm9vbTEiXSwid2VicHVic3ViLmdyb3VwIjpbInJvb20xIl19."
        "ON0Z-oYIzfZ5daSVk1-0ENIewJompphySogPa1fOhiw";
    const auto claims = verify(token, at_second(1700000000));
    REQUIRE(claims);
    CHECK(claims->user_id == "user1");
    CHECK(claims->roles == std::vector<std::string>{"webpubsub.sendToGroup", "webpubsub.joinLeaveGroup.room1"});
    CHECK(claims->groups == std::vector<std::string>{"room1"});
    CHECK(claims->audiences == std::vector<std::string>{audience});
}

TEST_CASE("a minted token has the bytes of the official JavaScript service client") {
    // Header and payload as that client wrote them; its key is not known.
    client_token_options options;
    options.user_id = "user1";
    options.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup.g1"};
    options.groups = {"g1"};
    options.lifetime = 300s;
    const auto token = mint_client_token(options, "http://127.0.0.1:42147/client/hubs/chat", primary,
                                         at_second(1795289693) + 999ms, hmac);
    REQUIRE(token);
    CHECK(token->substr(0, token->rfind('.')) ==
          "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
          "eyJyb2xlIjpbIndlYnB1YnN1Yi5qb2luTGVhdmVHcm91cCIsIndlYnB1YnN1Yi5zZW5kVG9Hcm91cC5nMSJdLCJ3ZWJwdWJzdWIuZ3JvdXAi"
          "OlsiZzEiXSwiaWF0IjoxNzk1Mjg5NjkzLCJleHAiOjE3OTUyODk5OTMsImF1ZCI6Imh0dHA6Ly8xMjcuMC4wLjE6NDIxNDcvY2xpZW50L2h1"
          "YnMvY2hhdCIsInN1YiI6InVzZXIxIn0");
}

TEST_CASE("a minted token leaves out what is empty and lasts an hour by default") {
    const auto token = mint_client_token({}, audience, primary, at_second(1700000000), hmac);
    REQUIRE(token);
    CHECK(payload_of(*token) == R"({"iat":1700000000,"exp":1700003600,"aud":")" + audience + "\"}");
}

TEST_CASE("what is minted is what is verified") {
    client_token_options options;
    options.user_id = "\xc3\xbc \"quoted\" \\ \n \xf0\x9f\x98\x80";
    options.roles = {"webpubsub.sendToGroup.a.b", "other"};
    options.groups = {"r\xc3\xa4um", "a/b"};
    options.custom = {{"team", {"red"}}, {"tags", {"x", "y"}}, {"none", {}}, {"iss", {"me"}}};
    const auto token = mint_client_token(options, audience, primary, at_second(1700000000), hmac);
    REQUIRE(token);
    const auto claims = verify(*token, at_second(1700000000));
    REQUIRE(claims);
    CHECK(claims->user_id == options.user_id);
    CHECK(claims->roles == options.roles);
    CHECK(claims->groups == options.groups);
    REQUIRE(claims->all.size() == 10);
    CHECK(std::vector<claim>(claims->all.begin() + 6, claims->all.end()) == options.custom);
}

TEST_CASE("claims that no token should have are not minted") {
    const auto failure = [](const client_token_options& options, std::string_view for_audience = audience) {
        const auto token = mint_client_token(options, for_audience, primary, at_second(1700000000), hmac);
        REQUIRE_FALSE(token);
        return token.error().code;
    };
    const std::string not_utf8 = "\xff";
    client_token_options options;
    SECTION("groups with an invalid name") {
        for (const auto& name : {std::string(), std::string("  "), not_utf8, std::string(1025, 'g')}) {
            options.groups = {"good", name};
            CHECK(failure(options) == errc::invalid_group_name);
        }
    }
    SECTION("text that is not UTF-8") {
        CHECK(failure({}, not_utf8) == errc::invalid_claim);
        options.user_id = not_utf8;
        CHECK(failure(options) == errc::invalid_claim);
        options = {};
        options.roles = {"role", not_utf8};
        CHECK(failure(options) == errc::invalid_claim);
        options = {};
        options.custom = {{not_utf8, {"x"}}};
        CHECK(failure(options) == errc::invalid_claim);
        options.custom = {{"x", {"y", not_utf8}}};
        CHECK(failure(options) == errc::invalid_claim);
    }
    SECTION("custom claims that pose as others") {
        for (const auto* const name : {"sub", "role", "webpubsub.group", "iat", "nbf", "exp", "aud"}) {
            options.custom = {{name, {"x"}}};
            CHECK(failure(options) == errc::invalid_claim);
        }
        options.custom = {{"x", {"1"}}, {"x", {"2"}}};
        CHECK(failure(options) == errc::invalid_claim);
    }
    SECTION("a lifetime that ends before it begins or never") {
        for (const auto lifetime : {0s, -1s, std::chrono::seconds::min(), std::chrono::seconds::max()}) {
            options.lifetime = lifetime;
            CHECK(failure(options) == errc::invalid_claim);
        }
    }
}

TEST_CASE("the three times of a token are checked with five minutes of skew") {
    // Expires at 1000, good from 500.
    const auto token = sign_jwt(R"({"exp":1000,"nbf":500,"iat":500,"aud":")" + audience + "\"}", primary, hmac);
    CHECK(verify(token, at_second(199)).error() == error(errc::token_not_yet_valid));
    CHECK(verify(token, at_second(200) - 1ms).error() == error(errc::token_not_yet_valid));
    CHECK(verify(token, at_second(200)));
    CHECK(verify(token, at_second(1299)));
    CHECK(verify(token, at_second(1300) - 1ns));
    CHECK(verify(token, at_second(1300)).error() == error(errc::token_expired));

    client_token_rules strict;
    strict.clock_skew = 0s;
    CHECK(verify(token, at_second(499), strict).error() == error(errc::token_not_yet_valid));
    CHECK(verify(token, at_second(500), strict));
    CHECK(verify(token, at_second(999), strict));
    CHECK(verify(token, at_second(1000), strict).error() == error(errc::token_expired));
}

TEST_CASE("a token is not valid before either of its two beginnings") {
    CHECK(verify_payload(R"({"exp":1700003600,"nbf":1700000301,"aud":")" + audience + "\"}").error() ==
          error(errc::token_not_yet_valid));
    CHECK(verify_payload(R"({"exp":1700003600,"iat":1700000301,"aud":")" + audience + "\"}").error() ==
          error(errc::token_not_yet_valid));
    CHECK(verify_payload(R"({"exp":1700003600,"nbf":1700000300,"iat":1700000300,"aud":")" + audience + "\"}"));
}

TEST_CASE("dates far from any clock are compared and not wrapped around") {
    const auto with_exp = [](const std::string& exp) {
        return verify_payload("{\"exp\":" + exp + ",\"aud\":\"" + audience + "\"}");
    };
    CHECK(with_exp("253402300799"));
    CHECK(with_exp("9007199254740992"));
    CHECK(with_exp("-9007199254740992").error() == error(errc::token_expired));
    CHECK(with_exp("9223372036854775807").error() == error(errc::token_malformed));

    const auto token = sign_jwt(R"({"exp":9007199254740992,"aud":")" + audience + "\"}", primary, hmac);
    CHECK(verify(token, wall_time::max()));
    CHECK(verify(token, wall_time::min()));
}

TEST_CASE("one of the token's audiences must be one of the service's") {
    struct row {
        std::string_view json;
        bool ours;
    };
    const auto [json, ours] = GENERATE(values<row>({
        {R"("https://example.webpubsub.azure.com/client/hubs/chat")", true},
        {R"("HTTPS://EXAMPLE.WEBPUBSUB.AZURE.COM/client/hubs/CHAT")", true},
        {R"("http://localhost:8080/client/hubs/chat")", true},
        {R"("ws://localhost:8080/client/")", true},
        {R"(["https://elsewhere/","wss://localhost:8080/client/hubs/chat?x=1"])", true},
        {R"("https://example.webpubsub.azure.com/client/hubs/other")", false},
        {R"("https://example.webpubsub.azure.com/client/hubs/cha")", false},
        {R"("https://example.webpubsub.azure.com/clients/mqtt/hubs/chat")", false},
        {R"("https://other.webpubsub.azure.com/client/hubs/chat")", false},
        {R"("http://localhost/client/hubs/chat")", false},
        {R"(["https://elsewhere/","chat"])", false},
        {R"("")", false},
        {"[]", false},
        {"null", false},
    }));
    CAPTURE(json);
    const auto claims = verify_payload(std::string(R"({"exp":1700003600,"aud":)").append(json).append("}"));
    CHECK(claims.has_value() == ours);
    if (!ours) CHECK(claims.error() == error(errc::token_audience));
}

TEST_CASE("a token without an audience and a service without one fail alike") {
    CHECK(verify_payload(R"({"exp":1700003600})").error() == error(errc::token_audience));
    const auto token = mint_client_token({}, audience, primary, at_second(1700000000), hmac).value();
    CHECK(verify_client_token(token, both_keys, {}, at_second(1700000000), hmac).error() ==
          error(errc::token_audience));
}

TEST_CASE("a bad signature is found before bad claims, and bad claims before a bad date") {
    const auto foreign_key = access_key::make(std::string(32, 'f')).value();
    CHECK(verify(sign_jwt(R"({"exp":"never"})", foreign_key, hmac), at_second(0)).error() ==
          error(errc::token_signature));
    CHECK(verify_payload(R"({"exp":1,"sub":true})").error() == error(errc::token_malformed));
    CHECK(verify_payload(R"({"exp":1})").error() == error(errc::token_audience));
    CHECK(verify_payload("[]").error() == error(errc::token_malformed));
}

TEST_CASE("the limits of the rules are those of the token") {
    const auto token = mint_client_token({}, audience, primary, at_second(1700000000), hmac).value();
    client_token_rules rules;
    rules.limits.max_bytes = token.size() - 1;
    CHECK(verify(token, at_second(1700000000), rules).error() == error(errc::token_malformed));
}
