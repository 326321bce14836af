// SPDX-License-Identifier: MIT
#include <webpubsub/access/client_request.hpp>

#include "support/access.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;

template <>
struct Catch::StringMaker<client_verdict> {
    static std::string convert(const client_verdict& verdict) {
        if (verdict) return "a client";
        return std::to_string(verdict.error().http_status) + " " + verdict.error().message;
    }
};

namespace {

using strings = std::vector<std::string>;

const wall_time now = wall_time(std::chrono::seconds(1700000000));

client_request_rules default_rules() {
    client_request_rules rules;
    rules.endpoints = {{true, "demo.webpubsub.azure.com", {}}, {false, "localhost", 8080}};
    rules.keys = {primary, secondary};
    return rules;
}

client_request_rules anonymous_rules() {
    auto rules = default_rules();
    rules.allow_anonymous = true;
    return rules;
}

client_verdict judge(const std::string& target, const std::string& authorization = {},
                     const client_request_rules& rules = default_rules()) {
    return authenticate_client({target, authorization}, rules, now, hmac);
}

std::string token_with(const std::string& claims, const access_key& key = primary) {
    return sign_jwt(R"({"aud":"http://localhost:8080/client/hubs/chat","exp":1700003600)" + claims + "}", key, hmac);
}

std::string token_of(const std::string& user) { return token_with(R"(,"sub":")" + user + "\""); }

void check_refused(const client_verdict& verdict, unsigned status, errc reason) {
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().http_status == status);
    CHECK(verdict.error().reason == reason);
    CHECK_FALSE(verdict.error().message.empty());
}

} // namespace

TEST_CASE("a client with a good token is who the token says") {
    const auto token = token_with(
        R"(,"sub":"user1","role":["webpubsub.sendToGroup","x"],"webpubsub.group":["room1","r\u00e4um"],"team":"red")");
    const auto client = judge("/client/hubs/Chat?access_token=" + token + "&x=1&y=%20+&x=2");
    REQUIRE(client);
    client_identity expected;
    expected.hub = "chat";
    expected.user_id = "user1";
    expected.roles = {"webpubsub.sendToGroup", "x"};
    expected.groups = {"room1", "r\xc3\xa4um"};
    expected.query = {{"x", "1"}, {"y", "  "}, {"x", "2"}};
    expected.claims = {{"aud", {"http://localhost:8080/client/hubs/chat"}},
                       {"exp", {"1700003600"}},
                       {"sub", {"user1"}},
                       {"role", {"webpubsub.sendToGroup", "x"}},
                       {"webpubsub.group", {"room1", "r\xc3\xa4um"}},
                       {"team", {"red"}}};
    CHECK(*client == expected);
}

TEST_CASE("both forms of the URL and both keys admit") {
    const auto* const target = GENERATE("/client/hubs/chat?access_token=", "/client/?hub=chat&access_token=",
                                        "/client?ACCESS_TOKEN=bad&hub=CHAT&Access_Token=");
    CAPTURE(target);
    for (const auto& key : {primary, secondary}) {
        const auto client = judge(target + token_with(R"(,"sub":"u")", key));
        REQUIRE(client);
        CHECK(client->hub == "chat");
        CHECK(client->user_id == "u");
        CHECK(client->query.empty());
    }
    check_refused(judge(target + token_with(R"(,"sub":"u")", foreign)), 401, errc::token_signature);
}

TEST_CASE("a token without a user is an anonymous client with rights") {
    const auto client = judge("/client/hubs/chat?access_token=" + token_with(R"(,"role":"r","webpubsub.group":"g")"));
    REQUIRE(client);
    CHECK_FALSE(client->user_id);
    CHECK(client->roles == strings{"r"});
    CHECK(client->groups == strings{"g"});
}

TEST_CASE("the token comes from the query and else from a Bearer header") {
    struct row {
        std::string target, authorization;
        std::string_view user;
    };
    const std::string path = "/client/hubs/chat";
    const auto [target, authorization, user] = GENERATE_COPY(values<row>({
        {path + "?access_token=" + token_of("query"), "", "query"},
        {path, "Bearer " + token_of("header"), "header"},
        {path, "bearer " + token_of("header"), "header"},
        {path, "BEARER   " + token_of("header") + "  ", "header"},
        {path + "?access_token=" + token_of("query"), "Bearer " + token_of("header"), "query"},
        {path + "?access_token=" + token_of("query"), "Bearer bad", "query"},
        {path + "?access_token=" + token_of("query"), "Basic dTpw", "query"},
        {path + "?access_token=", "Bearer " + token_of("header"), "header"},
        {path + "?access_token", "Bearer " + token_of("header"), "header"},
    }));
    const auto client = judge(target, authorization);
    REQUIRE(client);
    CHECK(client->user_id == user);
}

TEST_CASE("a bad token in the query is not made good by one in the header") {
    check_refused(judge("/client/hubs/chat?access_token=bad", "Bearer " + token_of("u")), 401, errc::token_malformed);
}

TEST_CASE("without a token only a service that allows it admits") {
    const auto* const authorization =
        GENERATE("", "Bearer", "Bearer ", "Bearer \t ", "Basic dTpw", "Bearerx", "Token abc", " ");
    CAPTURE(authorization);
    check_refused(judge("/client/hubs/chat", authorization), 401, errc::token_missing);
    check_refused(judge("/client/hubs/chat?access_token=", authorization), 401, errc::token_missing);

    const auto client = judge("/client/hubs/chat?x=1", authorization, anonymous_rules());
    REQUIRE(client);
    client_identity expected;
    expected.hub = "chat";
    expected.query = {{"x", "1"}};
    CHECK(*client == expected);
}

TEST_CASE("bad tokens are refused with 401, and where anonymous clients are allowed too") {
    struct row {
        std::string token;
        errc reason;
    };
    const auto [token, reason] = GENERATE(values<row>({
        {"x", errc::token_malformed},
        {"a.b.c", errc::token_malformed},
        {token_with("") + ".x", errc::token_malformed},
        {token_with(R"(,"exp":"1700003600")"), errc::token_malformed},
        {token_with(R"(,"exp":1e400)"), errc::token_malformed},
        {token_with("", foreign), errc::token_signature},
        {token_with("") + "x", errc::token_signature},
        {token_with(R"(,"exp":1699999700)"), errc::token_expired},
        {token_with(R"(,"nbf":1700000301)"), errc::token_not_yet_valid},
        {token_with(R"(,"aud":"http://localhost:8080/client/hubs/other")"), errc::token_audience},
        {token_with(R"(,"aud":"http://localhost:8081/client/hubs/chat")"), errc::token_audience},
        {"eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9.x", errc::token_algorithm},
    }));
    CAPTURE(token);
    for (const auto& rules : {default_rules(), anonymous_rules()}) {
        check_refused(judge("/client/hubs/chat?access_token=" + token, "", rules), 401, reason);
        check_refused(judge("/client/hubs/chat", "Bearer " + token, rules), 401, reason);
    }
}

TEST_CASE("a token for one hub does not open another") {
    const auto token = token_of("u");
    CHECK(judge("/client/hubs/CHAT?access_token=" + token));
    check_refused(judge("/client/hubs/chat2?access_token=" + token), 401, errc::token_audience);
    check_refused(judge("/client/?hub=cha&access_token=" + token), 401, errc::token_audience);
}

TEST_CASE("the client may reach the service by any of its endpoints") {
    const auto token =
        sign_jwt(R"({"aud":"https://DEMO.webpubsub.azure.com:443/client/hubs/chat","exp":1700003600})", primary, hmac);
    CHECK(judge("/client/hubs/chat?access_token=" + token));
    auto rules = default_rules();
    rules.endpoints.erase(rules.endpoints.begin());
    check_refused(judge("/client/hubs/chat?access_token=" + token, "", rules), 401, errc::token_audience);
    rules.endpoints.clear();
    check_refused(judge("/client/hubs/chat?access_token=" + token, "", rules), 401, errc::token_audience);
}

TEST_CASE("bad targets are refused before any token is looked at") {
    struct row {
        std::string target;
        unsigned status;
        errc reason;
    };
    const auto [target, status, reason] = GENERATE(values<row>({
        {"/client/", 400, errc::invalid_hub_name},
        {"/client/?hub=", 400, errc::invalid_hub_name},
        {"/client/hubs/1", 400, errc::invalid_hub_name},
        {"/client/hubs/a%20b", 400, errc::invalid_hub_name},
        {"/client/hubs/chat?x=%", 400, errc::invalid_percent_encoding},
        {"/client/hubs/chat?x=%ff", 400, errc::invalid_utf8},
        {"/", 404, errc::invalid_url},
        {"", 404, errc::invalid_url},
        {"/api/hubs/chat", 404, errc::invalid_url},
        {"/clients/mqtt/hubs/chat", 404, errc::invalid_url},
    }));
    CAPTURE(target);
    check_refused(judge(target), status, reason);
    check_refused(judge(target, "Bearer " + token_of("u")), status, reason);
    check_refused(judge(target, "", anonymous_rules()), status, reason);
}

TEST_CASE("a target has a limit") {
    auto rules = anonymous_rules();
    const std::string target = "/client/hubs/chat?x=1";
    rules.max_target_bytes = target.size();
    CHECK(judge(target, "", rules));
    rules.max_target_bytes = target.size() - 1;
    check_refused(judge(target, "", rules), 400, errc::frame_too_large);
    check_refused(judge("/client/hubs/chat?x=" + std::string(64 * 1024, 'x'), "", anonymous_rules()), 400,
                  errc::frame_too_large);
}

TEST_CASE("a token with an invalid group name is refused with the service's words") {
    const auto group = GENERATE(as<std::string>{}, R"("")", R"([""])", R"(["ok"," "])", R"(["\u3000"])",
                                "\"" + std::string(1025, 'g') + "\"");
    const auto verdict = judge("/client/hubs/chat", "Bearer " + token_with(",\"webpubsub.group\":" + group));
    CAPTURE(group);
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error() ==
          client_refusal{400, "The token contains an invalid group name.", errc::invalid_group_name});
}

TEST_CASE("the groups of a token count only once its signature is right") {
    check_refused(judge("/client/hubs/chat", "Bearer " + token_with(R"(,"webpubsub.group":"")", foreign)), 401,
                  errc::token_signature);
}

TEST_CASE("a recovery needs no token and ignores one") {
    const std::string recovery = "awps_connection_id=conn+A%2B&awps_reconnection_token=tokA%2F%2B%3D+%26%3F";
    const std::string target =
        GENERATE_COPY("/client/hubs/Chat?" + recovery, "/client/hubs/chat?access_token=bad&" + recovery,
                      "/client/hubs/chat?" + recovery + "&access_token=" + token_of("user1") + "&x=1",
                      "/client/hubs/chat?webpubsub_mode=nonsense&" + recovery,
                      "/client/?AWPS_CONNECTION_ID=old&hub=chat&" + recovery);
    CAPTURE(target);
    client_identity expected;
    expected.hub = "chat";
    expected.recovery = client_recovery{"conn A+", "tokA/+= &?"};
    CHECK(judge(target).value() == expected);
    CHECK(judge(target, "Bearer bad").value() == expected);
}

TEST_CASE("a recovery is recognised by its connection id alone") {
    CHECK(judge("/client/hubs/chat?awps_connection_id=c").value().recovery == client_recovery{"c", ""});
    check_refused(judge("/client/hubs/chat?awps_reconnection_token=t"), 401, errc::token_missing);
    check_refused(judge("/client/hubs/chat?awps_connection_id=&awps_reconnection_token=t"), 401, errc::token_missing);

    const auto client = judge("/client/hubs/chat?awps_reconnection_token=t", "Bearer " + token_of("u"));
    REQUIRE(client);
    CHECK_FALSE(client->recovery);
    CHECK(client->user_id == "u");
    CHECK(client->query.empty());
}

TEST_CASE("a recovery of a bad hub is refused") {
    check_refused(judge("/client/hubs/a-b?awps_connection_id=c&awps_reconnection_token=t"), 400,
                  errc::invalid_hub_name);
}

TEST_CASE("the mode of a simple client") {
    struct row {
        std::string_view query;
        std::optional<send_to_group_mode> mode;
    };
    const auto [query, mode] = GENERATE(values<row>({
        {"", std::nullopt},
        {"webpubsub_mode=", std::nullopt},
        {"webpubsub_mode=sendEvent", std::nullopt},
        {"webpubsub_mode=SENDEVENT&group=&noEcho=true", std::nullopt},
        {"group=room1&noEcho=true", std::nullopt},
        {"webpubsub_mode=sendToGroup&group=room1", send_to_group_mode{"room1", false}},
        {"WEBPUBSUB_MODE=sendtogroup&GROUP=room1&noecho=True", send_to_group_mode{"room1", true}},
        {"webpubsub_mode=sendToGroup&group=a&group=r%C3%A4um+1&noEcho=false", send_to_group_mode{"r\xc3\xa4um 1"}},
        {"webpubsub_mode=sendEvent&webpubsub_mode=sendToGroup&group=g", send_to_group_mode{"g", false}},
        {"webpubsub_mode=sendToGroup&group=g&webpubsub_mode=sendEvent", std::nullopt},
    }));
    CAPTURE(query);
    const auto client = judge("/client/hubs/chat?" + std::string(query), "Bearer " + token_of("u"));
    REQUIRE(client);
    CHECK(client->send_to_group == mode);
    CHECK(client->query.empty());
}

TEST_CASE("bad modes of a simple client are refused with 400") {
    struct row {
        std::string query;
        errc reason;
    };
    const auto [query, reason] = GENERATE(values<row>({
        {"webpubsub_mode=none", errc::invalid_url},
        {"webpubsub_mode=+", errc::invalid_url},
        {"webpubsub_mode=sendToGroups&group=g", errc::invalid_url},
        {"webpubsub_mode=sendToGroup", errc::invalid_group_name},
        {"webpubsub_mode=sendToGroup&group=", errc::invalid_group_name},
        {"webpubsub_mode=sendToGroup&group=g&group=", errc::invalid_group_name},
        {"webpubsub_mode=sendToGroup&group=+%20", errc::invalid_group_name},
        {"webpubsub_mode=sendToGroup&group=" + std::string(1025, 'g'), errc::invalid_group_name},
        {"webpubsub_mode=sendToGroup&group=g&noEcho=maybe", errc::invalid_url},
        {"webpubsub_mode=sendToGroup&group=g&noEcho=1", errc::invalid_url},
    }));
    CAPTURE(query);
    check_refused(judge("/client/hubs/chat?" + query, "Bearer " + token_of("u")), 400, reason);
    check_refused(judge("/client/hubs/chat?" + query, "", anonymous_rules()), 400, reason);
    // Who has no right to ask is not told what is wrong.
    check_refused(judge("/client/hubs/chat?" + query), 401, errc::token_missing);
}

TEST_CASE("refusals tell no secret") {
    const auto token = token_with("", foreign);
    const auto verdict = judge("/client/hubs/chat?access_token=" + token);
    REQUIRE_FALSE(verdict);
    for (const auto& secret : {std::string(primary.text()), std::string(secondary.text()), token,
                               std::string(split_jwt(token).value().signature)}) {
        CHECK(verdict.error().message.find(secret) == std::string::npos);
    }
}
