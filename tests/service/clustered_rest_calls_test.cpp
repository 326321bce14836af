// SPDX-License-Identifier: MIT

// The REST API over the nodes of a cluster: rest.md sections 5 to 7, and what is not known.

#include <webpubsub/service/clustered_rest_calls.hpp>

#include "cluster/cluster_fixture.hpp"

using namespace cluster_tests;

namespace {

using op = rest_operation;

/// Calls to one node of three.
struct rest_cluster : cluster_fixture {
    explicit rest_cluster(hub_options of_hub = {}) : cluster_fixture(3, {}, std::move(of_hub)) {
        // Now every node knows that it knows all others.
        pass(3s);
        for (std::size_t i = 0; i < 3; ++i) events_of(i);
    }

    static rest_call on(op operation, std::string connection = {}, std::string group = {}, std::string user = {}) {
        rest_call made;
        made.operation = operation;
        made.connection_id = std::move(connection);
        made.group = std::move(group);
        made.user_id = std::move(user);
        return made;
    }

    clustered_rest_calls::outcome begin(rest_call call, bool is_head = false) {
        rest_task task{{"chat", std::move(call), "2024-12-01"}, {}, "http://service", is_head};
        return calls.begin(member(asked), now, std::move(task));
    }
    std::optional<http_response> finished() {
        for (const auto& event : events_of(asked)) {
            if (const auto* const it = get_if<cluster_events::answered>(&event)) CHECK(calls.handle(*it));
        }
        auto done = calls.poll_finished();
        return done ? std::optional(std::move(done->response)) : std::nullopt;
    }
    http_response call(rest_call what, bool is_head = false) {
        auto outcome = begin(std::move(what), is_head);
        if (auto* const at_once = get_if<http_response>(&outcome)) {
            settle();
            return std::move(*at_once);
        }
        pump(asked);
        settle();
        auto response = finished();
        REQUIRE(response);
        CHECK(calls.size() == 0);
        return std::move(*response);
    }
    unsigned status(rest_call what) { return call(std::move(what)).status; }

    clustered_rest_calls calls;
    std::size_t asked = 1;
};

std::string error_code_of(const http_response& response) {
    for (const auto& header : response.headers) {
        if (header.name == "x-ms-error-code") return header.value;
    }
    return {};
}

} // namespace

TEST_CASE("a call of the REST API concerns the connections of all nodes") {
    rest_cluster f;
    const auto a = f.connect(0, "u", {"g"});
    const auto b = f.connect(2, "v");
    const auto ida = f.id_of(a);
    const auto idb = f.id_of(b);

    auto sent = f.on(op::send_to_group, {}, "g");
    sent.data = text_payload("x");
    CHECK(f.status(sent) == 202);
    CHECK(f.take(a).size() == 1);
    CHECK(f.take(b).empty());
    sent.operation = op::send_to_all;
    sent.excluded = {ida};
    CHECK(f.status(sent) == 202);
    CHECK(f.take(a).empty());
    CHECK(f.take(b).size() == 1);
    sent = f.on(op::send_to_user, {}, {}, "u");
    sent.data = {data_type::json, "{"};
    CHECK(f.status(sent) == 400);

    CHECK(f.status(f.on(op::connection_exists, ida)) == 200);
    CHECK(f.status(f.on(op::user_exists, {}, {}, "v")) == 200);
    CHECK(error_code_of(f.call(f.on(op::user_exists, {}, {}, "w"))) == "Warning.User.NotExisted");
    CHECK(f.status(f.on(op::group_exists, {}, "h")) == 404);
    CHECK(f.status(f.on(op::add_connection_to_group, idb, "h")) == 200);
    CHECK(f.status(f.on(op::group_exists, {}, "h")) == 200);
    CHECK(error_code_of(f.call(f.on(op::add_connection_to_group, "nobody", "h"))) == "Error.Connection.NotExisted");
    CHECK(f.status(f.on(op::add_user_to_group, {}, "h", "u")) == 200);
    CHECK(error_code_of(f.call(f.on(op::add_user_to_group, {}, "h", "w"))) == "Error.User.NotExisted");
    CHECK(f.status(f.on(op::remove_user_from_group, {}, "h", "u")) == 204);
    CHECK(f.status(f.on(op::remove_connection_from_group, "nobody", "h")) == 204);
    CHECK_FALSE(f.hub_of(0).is_in_group(ida, "h"));

    auto several = f.on(op::add_connections_to_groups);
    several.groups = {"one", "two"};
    several.filter = "userId eq 'v'";
    CHECK(f.status(several) == 200);
    CHECK(f.hub_of(2).is_in_group(idb, "one"));
    CHECK(f.hub_of(2).is_in_group(idb, "two"));
    CHECK_FALSE(f.hub_of(0).is_in_group(ida, "one"));
    several.operation = op::remove_connections_from_groups;
    CHECK(f.status(several) == 200);
    CHECK_FALSE(f.hub_of(2).is_in_group(idb, "two"));
    several.groups = {};
    CHECK(f.status(several) == 200);
    CHECK(f.status(f.on(op::remove_connection_from_all_groups, idb)) == 204);
    CHECK(f.hub_of(2).group_count() == 0);
    CHECK(f.status(f.on(op::remove_user_from_all_groups, {}, {}, "u")) == 204);
    CHECK(f.hub_of(0).group_count() == 0);

    auto right = f.on(op::check_permission, ida);
    right.permission = permission::send_to_group;
    right.target_name = "x";
    CHECK(f.status(right) == 200);
    right.operation = op::revoke_permission;
    CHECK(f.status(right) == 204);
    right.operation = op::check_permission;
    CHECK(f.status(right) == 404);
    right.operation = op::grant_permission;
    CHECK(f.status(right) == 200);
    right.connection_id = "nobody";
    CHECK(f.status(right) == 404);

    CHECK(f.status(f.on(op::close_user_connections, {}, {}, "u")) == 204);
    CHECK(f.host(0).close_of(a.transport));
    CHECK(f.status(f.on(op::close_all_connections)) == 204);
    CHECK(f.host(2).close_of(b.transport));
    CHECK(f.status(f.on(op::close_connection, ida)) == 204);
    CHECK(f.status(f.on(op::generate_client_token)) == 501);
}

TEST_CASE("pages of members go over all nodes, and end") {
    rest_cluster f;
    std::set<std::string> ids;
    for (std::size_t i = 0; i < 7; ++i) ids.insert(f.id_of(f.connect(i % 3, {}, {"g"})));
    auto call = f.on(op::list_connections_in_group, {}, "g");
    call.max_page_size = 3;
    std::set<std::string> listed;
    std::size_t pages = 0;
    for (bool more = true; more; ++pages) {
        REQUIRE(pages < 4);
        const auto response = f.call(call);
        REQUIRE(response.status == 200);
        for (const auto& id : ids) {
            if (response.body.find(id) != std::string::npos) CHECK(listed.insert(id).second);
        }
        const auto at = response.body.find("continuationToken=");
        more = at != std::string::npos;
        if (!more) break;
        const auto end = response.body.find_first_of("&\"", at);
        call.continuation_token = response.body.substr(at + 18, end - at - 18);
    }
    CHECK(pages == 2);
    CHECK(listed == ids);
    call.continuation_token = "of nothing";
    CHECK(f.status(call) == 400);
    CHECK(f.call(f.on(op::connection_exists, "nobody"), true).body.empty());
}

TEST_CASE("what is not known is no answer, and a limit is a conflict") {
    hub_options of_hub;
    of_hub.groups.max_per_connection = 1;
    rest_cluster f(of_hub);
    const auto a = f.connect(0, "u", {"g"});
    CHECK(f.status(f.on(op::add_connection_to_group, f.id_of(a), "h")) == 409);
    auto several = f.on(op::add_connections_to_groups);
    several.groups = {"g", "h"};
    CHECK(f.status(several) == 409);

    f.is_immediate = false;
    CHECK(holds_alternative<std::uint64_t>(f.begin(f.on(op::user_exists, {}, {}, "w"))));
    CHECK(holds_alternative<std::uint64_t>(f.begin(f.on(op::close_all_connections))));
    CHECK_FALSE(f.finished());
    f.pass(5s);
    CHECK(f.finished()->status == 503);
    CHECK(f.calls.poll_finished()->response.status == 503);

    const cluster_events::answered foreign{cluster_request_id{999}};
    CHECK_FALSE(f.calls.handle(foreign));
}
