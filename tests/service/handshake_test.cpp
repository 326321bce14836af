// SPDX-License-Identifier: MIT
#include <webpubsub/service/handshake.hpp>

#include <webpubsub/access/mint_client_url.hpp>

#include "support/access.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

using strings = std::vector<std::string>;

const wall_time now = wall_time(std::chrono::seconds(1700000000));

std::string token() {
    client_token_options options;
    options.user_id = "user1";
    options.roles = {"webpubsub.sendToGroup"};
    options.groups = {"room1"};
    return mint_client_token(options, client_audience(here, "chat"), primary, now, hmac).value();
}

handshake_verdict judge(const upgrade_request& request, bool allow_anonymous = false) {
    client_request_rules rules;
    rules.endpoints = {here};
    rules.keys = {primary};
    rules.allow_anonymous = allow_anonymous;
    return authenticate_upgrade(request, rules, now, hmac);
}

void check_refused(const handshake_verdict& verdict, unsigned status, errc reason) {
    REQUIRE_FALSE(verdict);
    CHECK(verdict.error().http_status == status);
    CHECK(verdict.error().reason == reason);
    CHECK_FALSE(verdict.error().message.empty());
}

} // namespace

TEST_CASE("a client with a token is admitted as its token says, with the subprotocols that it offers") {
    const auto target = "/client/hubs/Chat?access_token=" + token();
    const auto verdict = judge({target, {}, "json.reliable.webpubsub.azure.v1, Custom.v2"});
    REQUIRE(verdict.has_value());
    CHECK(verdict->hub == "chat");
    CHECK(verdict->request.user_id == "user1");
    CHECK(verdict->request.roles == strings{"webpubsub.sendToGroup"});
    CHECK(verdict->request.groups == strings{"room1"});
    CHECK(verdict->request.subprotocols == strings{"json.reliable.webpubsub.azure.v1", "Custom.v2"});
    CHECK_FALSE(verdict->request.recovery);
}

TEST_CASE("what an application may want to know of a client comes with it: the query and the claims") {
    const auto target = "/client/hubs/chat?a=1&access_token=" + token() + "&b=%20&a=2";
    const auto verdict = judge({target, {}, {}});
    REQUIRE(verdict.has_value());
    CHECK(verdict->query == std::vector<query_parameter>{{"a", "1"}, {"b", " "}, {"a", "2"}});
    const auto subject = std::find_if(verdict->claims.begin(), verdict->claims.end(),
                                      [](const claim& each) { return each.name == "sub"; });
    REQUIRE(subject != verdict->claims.end());
    CHECK(subject->values == strings{"user1"});
}

TEST_CASE("the token may come in the Authorization header") {
    const auto authorization = "Bearer " + token();
    const auto verdict = judge({"/client/?hub=chat", authorization, {}});
    REQUIRE(verdict.has_value());
    CHECK(verdict->request.user_id == "user1");
    CHECK(verdict->request.subprotocols.empty());
}

TEST_CASE("a recovery needs no token and says nothing about the client but its connection") {
    const auto verdict = judge({"/client/hubs/chat?awps_connection_id=c1&awps_reconnection_token=t1&access_token=junk",
                                {},
                                "json.reliable.webpubsub.azure.v1"});
    REQUIRE(verdict.has_value());
    CHECK(verdict->hub == "chat");
    CHECK(verdict->request.recovery == recovery_request{"c1", "t1"});
    CHECK(verdict->request.subprotocols == strings{"json.reliable.webpubsub.azure.v1"});
    CHECK_FALSE(verdict->request.user_id);
}

TEST_CASE("an anonymous client is admitted where the rules allow it") {
    check_refused(judge({"/client/hubs/chat", {}, {}}), 401, errc::token_missing);
    const auto verdict = judge({"/client/hubs/chat", {}, {}}, true);
    REQUIRE(verdict.has_value());
    CHECK_FALSE(verdict->request.user_id);
    CHECK(verdict->request.roles.empty());
}

TEST_CASE("a request without an upgrade is refused, whatever else it has") {
    const auto target = "/client/hubs/chat?access_token=" + token();
    check_refused(judge({target, {}, {}, false}), 400, errc::unexpected_message);
    check_refused(judge({"/client/hubs/1", {}, {}, false}), 400, errc::unexpected_message);
    check_refused(judge({"/", {}, {}, false}), 404, errc::invalid_url);
}

TEST_CASE("an upgrade where no client connects is refused with 404") {
    check_refused(judge({"/", {}, {}}, true), 404, errc::invalid_url);
    check_refused(judge({"/clients/mqtt/hubs/chat", {}, {}}, true), 404, errc::invalid_url);
    check_refused(judge({"/client/hubs/", {}, {}}, true), 400, errc::invalid_hub_name);
}

TEST_CASE("the mode of a simple client goes to the hub") {
    const auto mode_of = [](std::string_view query) {
        const auto target = "/client/hubs/chat?" + std::string(query);
        return judge({target, {}, {}}, true).value().request.publishes_to;
    };
    CHECK(mode_of("webpubsub_mode=sendToGroup&group=g&noEcho=true") == send_to_group_mode{"g", true});
    CHECK(mode_of("webpubsub_mode=SENDTOGROUP&group=a%2Fb") == send_to_group_mode{"a/b", false});
    CHECK_FALSE(mode_of("webpubsub_mode=sendEvent&group=g"));
    CHECK_FALSE(mode_of("webpubsub_mode=&group=g"));
    check_refused(judge({"/client/hubs/chat?webpubsub_mode=sendToGroup", {}, {}}, true), 400, errc::invalid_group_name);
    check_refused(judge({"/client/hubs/chat?webpubsub_mode=other", {}, {}}, true), 400, errc::invalid_url);
}

TEST_CASE("what is no list of subprotocols is refused") {
    check_refused(judge({"/client/hubs/chat", {}, "json webpubsub"}, true), 400, errc::wrong_subprotocol);
}

TEST_CASE("a list of subprotocols keeps order and spelling, and white space and empty elements mean nothing") {
    const auto [header, names] = GENERATE(table<std::string, strings>({
        {"", {}},
        {" \t", {}},
        {",", {}},
        {"a", {"a"}},
        {"a,b", {"a", "b"}},
        {" B.v1\t,  a ,", {"B.v1", "a"}},
        {",,a,,a", {"a", "a"}},
        {"!#$%&'*+-.^_`|~09AZaz", {"!#$%&'*+-.^_`|~09AZaz"}},
    }));
    const auto parsed = parse_subprotocols(header);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == names);
}

TEST_CASE("a name of a subprotocol is an HTTP token") {
    const auto [header, offset] = GENERATE(table<std::string, std::size_t>({
        {"a b", 0},
        {"a, \"b\"", 3},
        {"a,b/c", 2},
        {"a,b\x7f", 2},
        {"\xc3\xa4", 0},
        {std::string("a\0b", 3), 0},
    }));
    const auto parsed = parse_subprotocols(header);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error() == error(errc::wrong_subprotocol, offset));
}
