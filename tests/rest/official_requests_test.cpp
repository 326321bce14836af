// SPDX-License-Identifier: MIT

// Requests that the official JavaScript service client (@azure/web-pubsub 1.2.0) has sent: this library's are the same.

#include <webpubsub/access/jwt.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/rest/request.hpp>
#include <webpubsub/text/base64.hpp>

#include "rest/rest_fixture.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

const std::string odd_group = "room 1/\xC3\xA4";

/// What the application had called, in terms of this library.
const std::multimap<std::string, rest_call>& calls() {
    using namespace rest;
    const auto text = [](std::string_view data) { return payload_view::text(data); };
    const auto json = [](std::string_view data) { return payload_view::json(data); };
    auto second_page = list_connections_in_group(odd_group, {.max_page_size = 2, .top = 5});
    second_page.continuation_token = "abc";
    static const std::multimap<std::string, rest_call> all{
        {"sendToAll json", send_to_all(json(R"({"hello":"world"})"))},
        {"sendToAll text", send_to_all(text("Hi there!"))},
        {"sendToAll string as json (no contentType)", send_to_all(json(R"("Hi there!")"))},
        {"sendToAll binary", send_to_all(payload_view::binary("\x01\x02\x03"))},
        {"sendToAll filter+excluded+ttl",
         send_to_all(json(R"({"a":1})"),
                     {.excluded = {"c1", "c2"}, .filter = "userId eq 'vic''s' and 'g1' in groups", .ttl = 60})},
        {"sendToUser", send_to_user("user/1 \xC3\xBC", text("hey"), {.filter = "'g' in groups"})},
        {"sendToConnection", send_to_connection("conn-1", json(R"({"x":1})"))},
        {"connectionExists true", connection_exists("conn-1")},
        {"connectionExists false", connection_exists("missing")},
        {"closeConnection", close_connection("conn-1", "bye & co")},
        {"closeAllConnections", close_all_connections({.reason = "r"})},
        {"closeAllConnections excluded", close_all_connections({.excluded = {"c1", "c2"}})},
        {"closeUserConnections", close_user_connections("user1", {.excluded = {"c1"}, .reason = "r"})},
        {"removeUserFromAllGroups", remove_user_from_all_groups("user1")},
        {"removeConnectionFromAllGroups", remove_connection_from_all_groups("conn-1")},
        {"addConnectionsToGroups", add_connections_to_groups({"g1", "g2"}, "userId eq 'user1'")},
        {"removeConnectionsFromGroups", remove_connections_from_groups({"g1"}, "userId eq 'user1'")},
        {"groupExists", group_exists("g1")},
        {"groupExists missing", group_exists("missing")},
        {"userExists", user_exists("user1")},
        {"grantPermission", grant_permission(permission::send_to_group, "conn-1", "g1")},
        {"revokePermission", revoke_permission(permission::send_to_group, "conn-1", "g1")},
        {"hasPermission", check_permission(permission::send_to_group, "conn-1", "g1")},
        {"group.addConnection", add_connection_to_group(odd_group, "conn-1")},
        {"group.removeConnection", remove_connection_from_group(odd_group, "conn-1")},
        {"group.addUser", add_user_to_group(odd_group, "user1")},
        {"group.removeUser", remove_user_from_group(odd_group, "user1")},
        {"group.closeAllConnections", close_group_connections(odd_group, {.excluded = {"c1"}, .reason = "x"})},
        {"group.sendToAll",
         send_to_group(odd_group, text("t"), {.excluded = {"c1"}, .filter = "userId ne null", .ttl = 30})},
        {"group.listConnections", list_connections_in_group(odd_group, {.max_page_size = 2, .top = 5})},
        {"group.listConnections (page 2)", second_page},
        {"generateToken (TokenCredential, https)",
         generate_client_token({.user_id = "user 1",
                                .roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"},
                                .groups = {"g1", "g2"},
                                .minutes_to_expire = 15})},
        {"generateToken mqtt", generate_client_token({.minutes_to_expire = 60, .protocol = client_protocol::mqtt})},
        {"sendToAll (TokenCredential)", send_to_all(text("x"))},
    };
    return all;
}

} // namespace

TEST_CASE("every request of the official service client is made alike, token included") {
    std::ifstream file(std::string(WEBPUBSUB_SOURCE_DIR) + "/tests/rest/official_requests.jsonl");
    std::set<std::string> seen;
    std::set<rest_operation> operations;
    for (std::string line; std::getline(file, line);) {
        const auto expected = boost::json::parse(line).as_object();
        const std::string name(expected.at("name").as_string());
        CAPTURE(name);
        // The official client lets a permission stand for every group; the service does not (permissions.md section 5).
        if (name == "grantPermission all") continue;
        const auto call = calls().find(name);
        REQUIRE(call != calls().end());
        seen.insert(name);
        operations.insert(call->second.operation);

        auto service = a_service();
        const auto* const claims = expected.if_contains("claims");
        wall_time now = some_time;
        if (claims != nullptr) {
            now = wall_time(std::chrono::seconds(claims->at("iat").as_int64()));
            service.endpoint = parse_endpoint("http://127.0.0.1:42147").value();
        } else {
            service.credential = bearer_token{"entra"};
        }
        const auto request = make_rest_request(service, call->second, now, openssl_hmac{}).value();
        CHECK(name_of(request.method) == expected.at("method").as_string());
        CHECK(request.target == expected.at("target").as_string());
        std::string body;
        if (const auto* const bytes = expected.if_contains("body")) {
            REQUIRE(base64_decode_append(bytes->as_string(), body));
        }
        CHECK(request.body == body);
        const auto* const type = find_header(request.headers, "Content-Type");
        REQUIRE((type != nullptr) == expected.contains("contentType"));
        if (type != nullptr) CHECK(*type == expected.at("contentType").as_string());
        if (claims != nullptr) {
            const auto key = the_key();
            const auto token = find_header(request.headers, "Authorization")->substr(7);
            CHECK(verify_jwt(token, {&key, 1}, openssl_hmac{}).value() == claims->as_object());
        }
    }
    CHECK(seen.size() == calls().size());
    // All but the status of the service, which that client does not ask for.
    CHECK(operations.size() == rest_operation_count - 1);
}
