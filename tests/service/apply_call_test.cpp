// SPDX-License-Identifier: MIT

// What the calls of the REST API do to a hub (rest.md sections 5 to 8).

#include <webpubsub/rest/response.hpp>
#include <webpubsub/service/apply_call.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace webpubsub;
using namespace std::chrono_literals;

namespace {

/// Two connections of ann, the second reliable, one of bob and one of nobody; ann's first and bob's are in `room`.
struct called_hub : hub_fixture {
    transport_id ann, ann_too, bob, nobody;
    std::string origin = "https://example.net";

    called_hub() {
        ann = connect(plain, "ann", {"room"});
        ann_too = connect(reliable, "ann");
        bob = connect(plain, "bob", {"room", "other"});
        nobody = connect(connect_request{});
    }

    http_response call(const rest_call& what) {
        const auto filter = read_rest_filter(what);
        if (!filter) return filter.error();
        auto response = apply_rest_call(hub, now, {"chat", what, "2024-12-01"}, *filter, origin);
        drain();
        return response;
    }
    unsigned status(const rest_call& what) { return call(what).status; }

    /// Who has got something, by the first letter of `ann`, `Ann` too, `bob` and `nobody`.
    std::string receivers() {
        std::string who;
        if (!take(ann).empty()) who += 'a';
        if (!take(ann_too).empty()) who += 'A';
        if (!take(bob).empty()) who += 'b';
        if (!take(nobody).empty()) who += 'n';
        return who;
    }
    std::string reached_by(const rest_call& what) {
        CHECK(status(what) == 202);
        return receivers();
    }
};

std::string code_of(const http_response& response) {
    const auto* const code = find_header(response.headers, "x-ms-error-code");
    return code == nullptr ? "" : *code;
}

const auto hi = payload_view::text("hi");

} // namespace

TEST_CASE("a message reaches those it is for, and nobody is no failure") {
    called_hub f;
    CHECK(f.reached_by(rest::send_to_all(hi)) == "aAbn");
    CHECK(f.reached_by(rest::send_to_group("room", hi)) == "ab");
    CHECK(f.reached_by(rest::send_to_user("ann", hi)) == "aA");
    CHECK(f.reached_by(rest::send_to_connection(f.id_of(f.bob), hi)) == "b");
    CHECK(f.reached_by(rest::send_to_group("Room", hi)).empty());
    CHECK(f.reached_by(rest::send_to_user("carol", hi)).empty());
    CHECK(f.reached_by(rest::send_to_connection("none", hi)).empty());
    CHECK(f.status(rest::send_to_group("room", hi)) == 202);
    CHECK(f.take(f.ann) == std::vector<std::string>{R"({"type":"message","from":"group","group":"room",)"
                                                    R"("dataType":"text","data":"hi","fromUserId":null})"});
}

TEST_CASE("a filter and a list of exclusions both keep connections from a message") {
    called_hub f;
    CHECK(f.reached_by(rest::send_to_all(hi, {.filter = "userId eq 'ann'"})) == "aA");
    CHECK(f.reached_by(rest::send_to_all(hi, {.filter = "userId eq null"})) == "n");
    CHECK(f.reached_by(rest::send_to_all(hi, {.filter = "length(groups) gt 1"})) == "b");
    CHECK(f.reached_by(rest::send_to_all(hi, {.filter = "protocol eq null"})) == "n");
    CHECK(f.reached_by(rest::send_to_all(hi, {.filter = "protocol eq 'json.reliable.webpubsub.azure.v1'"})) == "A");
    CHECK(f.reached_by(rest::send_to_user("ann", hi, {.filter = "'room' in groups"})) == "a");
    const auto ann = f.id_of(f.ann);
    CHECK(f.reached_by(rest::send_to_group("room", hi, {.excluded = {ann}})) == "b");
    CHECK(f.reached_by(rest::send_to_all(hi, {.excluded = {ann, "none"}, .filter = "userId eq 'ann'"})) == "A");
    CHECK(f.reached_by(rest::send_to_all(hi, {.filter = "connectionId ne '" + ann + "' and 'room' in groups"})) == "b");
}

TEST_CASE("a broken filter is refused with the service's words, and nothing happens") {
    called_hub f;
    const auto refused = f.call(rest::send_to_all(hi, {.filter = "ab eq 1"}));
    CHECK(refused.status == 400);
    CHECK(code_of(refused) == "Error.BadRequest");
    CHECK(refused.body.find("Invalid syntax for 'ab eq 1': Token 'ab' is not supported. (Parameter 'filter')") !=
          std::string::npos);
    CHECK(f.status(rest::add_connections_to_groups({"g"}, " ")) == 400);
    CHECK(f.receivers().empty());
    CHECK_FALSE(f.hub.group_exists("g"));
}

TEST_CASE("a message that has lived too long is not written any more, and its metadata comes with it") {
    called_hub f;
    f.gone(f.ann_too);
    CHECK(f.status(rest::send_to_user("ann", hi, {.ttl = 10, .metadata = {{"trace", "1"}}})) == 202);
    CHECK(f.take(f.ann).front().find(R"("metadata":{"trace":"1"})") != std::string::npos);
    CHECK(f.status(rest::send_to_user("ann", payload_view::text("stays"))) == 202);
    f.advance(11s);
    const auto back = f.recover_of(f.ann_too);
    const auto frames = f.take(back);
    REQUIRE(frames.size() == 2);
    CHECK(frames[1].find("stays") != std::string::npos);
}

TEST_CASE("groups get the connections that a filter matches, and lose them") {
    called_hub f;
    CHECK(f.status(rest::add_connections_to_groups({"g", "h", "g"}, "userId eq 'ann'")) == 200);
    CHECK(f.reached_by(rest::send_to_group("g", hi)) == "aA");
    CHECK(f.reached_by(rest::send_to_group("h", hi)) == "aA");
    CHECK(f.status(rest::add_connections_to_groups({"g"})) == 200);
    CHECK(f.reached_by(rest::send_to_group("g", hi)) == "aAbn");
    CHECK(f.status(rest::remove_connections_from_groups({"g", "room"}, "userId ne 'bob'")) == 200);
    CHECK(f.reached_by(rest::send_to_group("g", hi)) == "b");
    CHECK(f.reached_by(rest::send_to_group("room", hi)) == "b");
    CHECK(f.status(rest::remove_connections_from_groups({"g"}, "userId eq 'x'")) == 200);
    CHECK(f.hub.group_exists("g"));
}

TEST_CASE("one connection and the connections of one user join and leave a group") {
    called_hub f;
    const auto id = f.id_of(f.nobody);
    CHECK(f.status(rest::add_connection_to_group("g", id)) == 200);
    CHECK(f.status(rest::add_user_to_group("g", "ann")) == 200);
    CHECK(f.reached_by(rest::send_to_group("g", hi)) == "aAn");
    CHECK(f.status(rest::remove_user_from_group("g", "ann")) == 204);
    CHECK(f.reached_by(rest::send_to_group("g", hi)) == "n");
    CHECK(f.status(rest::remove_connection_from_group("g", id)) == 204);
    CHECK_FALSE(f.hub.group_exists("g"));
    CHECK(f.status(rest::remove_connection_from_all_groups(f.id_of(f.bob))) == 204);
    CHECK(f.reached_by(rest::send_to_group("room", hi)) == "a");
    CHECK(f.status(rest::remove_user_from_all_groups("ann")) == 204);
    CHECK_FALSE(f.hub.group_exists("room"));
    // What is not there need not be taken away.
    CHECK(f.status(rest::remove_connection_from_group("g", "none")) == 204);
    CHECK(f.status(rest::remove_connection_from_all_groups("none")) == 204);
    CHECK(f.status(rest::remove_user_from_group("g", "carol")) == 204);
    CHECK(f.status(rest::remove_user_from_all_groups("carol")) == 204);
    // But it can't be added.
    const auto unknown = f.call(rest::add_connection_to_group("g", "none"));
    CHECK(unknown.status == 404);
    CHECK(
        unknown.body ==
        R"({"code":"Error.Connection.NotExisted","message":"Connection `none` is not found.","target":"Connection"})");
    CHECK(f.status(rest::add_user_to_group("g", "carol")) == 404);
}

TEST_CASE("what exists answers 200, and what does not 404 with a code and no body") {
    called_hub f;
    CHECK(f.status(rest::connection_exists(f.id_of(f.ann_too))) == 200);
    f.gone(f.ann_too);
    CHECK(f.status(rest::connection_exists(f.id_of(f.ann_too))) == 200);
    CHECK(f.status(rest::group_exists("room")) == 200);
    CHECK(f.status(rest::user_exists("bob")) == 200);
    const auto gone = f.call(rest::connection_exists("none"));
    CHECK(gone.status == 404);
    CHECK(code_of(gone) == "Warning.Connection.NotExisted");
    CHECK(gone.body.empty());
    CHECK(code_of(f.call(rest::group_exists("Room"))) == "Warning.Group.NotExisted");
    CHECK(code_of(f.call(rest::user_exists("Bob"))) == "Warning.User.NotExisted");
}

TEST_CASE("connections are closed with a reason, but for those that are excluded and those of others") {
    called_hub f;
    CHECK(f.status(rest::close_connection(f.id_of(f.nobody), "bye")) == 204);
    CHECK(f.close_of(f.nobody)->code == 1000);
    CHECK(f.close_of(f.nobody)->reason.empty());
    CHECK(f.status(rest::close_group_connections("room", {.excluded = {f.id_of(f.bob)}, .reason = "full"})) == 204);
    CHECK(f.take(f.ann).front().find("Application server closed the connection. Reason: full") != std::string::npos);
    CHECK(f.close_of(f.ann)->code == 1000);
    CHECK_FALSE(f.close_of(f.bob));
    CHECK_FALSE(f.close_of(f.ann_too));
    f.gone(f.ann_too);
    CHECK(f.status(rest::close_user_connections("ann")) == 204);
    CHECK_FALSE(f.hub.user_exists("ann"));
    CHECK(f.status(rest::close_connection("none")) == 204);
    CHECK(f.status(rest::close_user_connections("none")) == 204);
    CHECK(f.status(rest::close_all_connections()) == 204);
    CHECK(f.hub.connection_count() == 0);
}

TEST_CASE("permissions are given, asked for and taken, also while a connection is away") {
    called_hub f;
    const auto id = f.id_of(f.nobody);
    const auto send = permission::send_to_group;
    CHECK(f.status(rest::check_permission(send, id, "g")) == 404);
    CHECK(f.status(rest::grant_permission(send, id, "g")) == 200);
    CHECK(f.status(rest::grant_permission(send, id, "g")) == 200);
    CHECK(f.status(rest::check_permission(send, id, "g")) == 200);
    CHECK(f.status(rest::check_permission(permission::join_leave_group, id, "g")) == 404);
    CHECK(f.status(rest::revoke_permission(send, id, "g")) == 204);
    CHECK(code_of(f.call(rest::check_permission(send, id, "g"))) == "Info.Connection.NotExisted");
    f.gone(f.ann_too);
    CHECK(f.status(rest::revoke_permission(send, f.id_of(f.ann_too), "g")) == 204);
    CHECK(f.status(rest::check_permission(send, f.id_of(f.ann_too), "g")) == 404);
    const auto unknown = f.call(rest::grant_permission(send, "none", "g"));
    CHECK(unknown.status == 404);
    CHECK(code_of(unknown) == "Info.Connection.NotExisted");
    CHECK(f.status(rest::revoke_permission(send, "none", "g")) == 204);
}

TEST_CASE("more rules for a connection than the limit are a conflict") {
    hub_options options;
    options.groups.permissions.literals = 1;
    hub_fixture f(options);
    const auto id = f.id_of(f.connect(connect_request{.subprotocols = {"json.webpubsub.azure.v1"}}));
    const auto grant = [&](std::string_view group) {
        return apply_rest_call(f.hub, f.now, {"chat", rest::grant_permission(permission::send_to_group, id, group), ""},
                               {}, "");
    };
    CHECK(grant("a").status == 200);
    CHECK(grant("b").status == 409);
    CHECK(code_of(grant("b")) == "Error.Connection.Conflict");
}

TEST_CASE("the connections of a group are listed page by page, each once, whoever comes and goes meanwhile") {
    called_hub f;
    for (int i = 0; i < 5; ++i) f.connect(f.plain, i % 2 == 0 ? "carol" : "", {"many"});
    const auto all = f.hub.list_members("many", {}, 100);
    std::vector<std::string> seen;
    std::optional<rest_call> next = rest::list_connections_in_group("many", {.max_page_size = 2});
    int pages = 0;
    for (; next; ++pages) {
        const auto response = f.call(*next);
        if (pages == 0) {
            CHECK(response.body.find("https://example.net/api/hubs/chat/groups/many/connections?api-version=2024-12-01&"
                                     "maxpagesize=2&continuationToken=") != std::string::npos);
        }
        const auto page = read_connection_page(*next, response, {}).value();
        for (const auto& each : page.connections) {
            seen.push_back(each.connection_id);
            CHECK(each.user_id == f.hub.user_of(each.connection_id));
        }
        // The last of a page may be gone before the next is asked for.
        if (pages == 0) CHECK(f.status(rest::close_connection(seen.back())) == 204);
        next = page.next;
    }
    CHECK(pages == 3);
    CHECK(seen == all);
    const auto some = f.call(rest::list_connections_in_group("many", {.max_page_size = 1, .top = 2}));
    CHECK(some.body.find("maxpagesize=1&top=1&continuationToken=") != std::string::npos);
    CHECK(f.call(rest::list_connections_in_group("many", {.max_page_size = 2, .top = 2})).body.find("nextLink") ==
          std::string::npos);
    CHECK(f.call(rest::list_connections_in_group("none")).body == R"({"value":[]})");
}

TEST_CASE("a continuation token of another list, a damaged one and one that is too long are refused") {
    called_hub f;
    auto call = rest::list_connections_in_group("room", {.max_page_size = 1});
    const auto page = read_connection_page(call, f.call(call), {}).value();
    const auto token = page.next->continuation_token;
    const auto status_with = [&](std::string_view group, std::string text) {
        auto next = rest::list_connections_in_group(group);
        next.continuation_token = std::move(text);
        return f.status(next);
    };
    CHECK(status_with("room", token) == 200);
    CHECK(status_with("other", token) == 400);
    for (std::size_t at = 0; at < token.size(); ++at) {
        auto damaged = token;
        damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
        CHECK(status_with("room", damaged) == 400);
        CHECK(status_with("room", token.substr(0, at)) == (at == 0 ? 200 : 400));
    }
    CHECK(status_with("room", token + "A") == 400);
    CHECK(status_with("room", std::string(2049, 'A')) == 400);
    CHECK(status_with("room", "not base64!") == 400);
}
