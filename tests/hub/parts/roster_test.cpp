// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/roster.hpp>

#include "hub/parts/lower_floor.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

using namespace hub_parts_tests;
using hub_events::client_connected;
using hub_events::client_disconnected;
using hub_events::group_joined;
using hub_events::group_left;
using outcome_of_join = roster::join_outcome;
using strings = std::vector<std::string>;

namespace {

constexpr std::string_view reliable = "json.reliable.webpubsub.azure.v1";

} // namespace

TEST_CASE("a handle names one connection, not the next one in its slot") {
    lower_floor f;
    const auto at = f.connect("a");
    const auto handle = f.connections.handle_of(at);
    CHECK(f.connections.find(handle) == at);
    f.connections.end(at, "over", f.events);
    CHECK(f.connections.find(handle) == no_slot);
    f.out.detach(at);
    f.out.remove_outlet(at);
    f.connections.give_back(at);
    CHECK(f.connect("b") == at);
    CHECK(f.connections.find(handle) == no_slot);
    CHECK(f.connections.find(f.connections.handle_of(at)) == at);
    CHECK(f.connections.find("a") == no_slot);
    CHECK(f.connections.find("b") == at);
    CHECK(f.connections.find(connection_handle::none) == no_slot);
}

TEST_CASE("the application hears of a connection from its beginning to its end, and of its groups if it wants") {
    hub_options options;
    options.application.report_memberships = true;
    lower_floor f(options);
    const auto at = f.connect("a", {"g"});
    CHECK(f.event<client_connected>()->user_id == "u-a");
    CHECK(f.event<group_joined>()->group == "g");
    CHECK(f.connections.leave(at, "g", f.events));
    CHECK_FALSE(f.connections.leave(at, "g", f.events));
    CHECK(f.event<group_left>()->group == "g");
    CHECK(f.connections.join(at, "h", f.events) == outcome_of_join::joined);
    CHECK(f.connections.join(at, "h", f.events) == outcome_of_join::was_member);
    f.connections.end(at, "why", f.events);
    CHECK(f.event<group_left>()->group == "h");
    CHECK(f.event<client_disconnected>()->reason == "why");
    CHECK_FALSE(f.events.take());
    CHECK(f.connections.live() == 0);
    CHECK(f.connections.users().size() == 0);
}

TEST_CASE("groups are limited by number for a connection, by bytes for a connection, and by number for all") {
    hub_options options;
    options.groups.max_per_connection = 3;
    options.groups.max_groups = 4;
    options.groups.max_bytes_per_connection = 3 * group_index::bytes_for("g");
    lower_floor f(options);
    const auto a = f.connect("a", {});
    const auto b = f.connect("b", {});
    CHECK(f.connections.join(a, "1", f.events) == outcome_of_join::joined);
    CHECK(f.connections.join(a, "a long name", f.events) == outcome_of_join::joined);
    CHECK(f.connections.join(a, "3", f.events) == outcome_of_join::too_many_groups);
    CHECK(f.connections.leave(a, "a long name", f.events));
    CHECK(f.connections.join(a, "2", f.events) == outcome_of_join::joined);
    CHECK(f.connections.join(a, "3", f.events) == outcome_of_join::joined);
    CHECK(f.connections.join(a, "4", f.events) == outcome_of_join::too_many_groups);
    CHECK(f.connections.join(b, "4", f.events) == outcome_of_join::joined);
    CHECK(f.connections.join(b, "5", f.events) == outcome_of_join::hub_is_full);
    CHECK(f.connections.join(b, "1", f.events) == outcome_of_join::joined);
    CHECK(f.connections.groups().size() == 4);
}

TEST_CASE("connections are listed in the order of their ids, page by page") {
    lower_floor f;
    std::set<std::string> ids;
    for (int i = 0; i < 50; ++i) {
        const auto id = std::to_string(i * 7919 % 1000);
        ids.insert(id);
        f.connect(id, {i % 3 == 0 ? "third" : "other"});
    }
    const auto all = [&](auto&& list) {
        strings seen;
        std::string from;
        for (;;) {
            const strings page = list(from, std::size_t{7});
            CHECK(page.size() <= 7);
            seen.insert(seen.end(), page.begin(), page.end());
            if (page.size() < 7) return seen;
            from = page.back() + '\0';
        }
    };
    CHECK(all([&](std::string_view from, std::size_t n) { return f.connections.list(from, n, {}); }) ==
          strings(ids.begin(), ids.end()));
    const auto third = all([&](std::string_view from, std::size_t n) {
        return f.connections.list(f.connections.groups().members("third"), from, n);
    });
    CHECK(third.size() == 17);
    CHECK(std::is_sorted(third.begin(), third.end()));
    CHECK(f.connections.list(std::string_view(), 0, {}).empty());
    CHECK(f.connections.list(f.connections.groups().members("third"), {}, 0).empty());
}

TEST_CASE("who may be recovered: live, reliable, with the token and within its time") {
    hub_options options;
    options.recovery.token_lifetime = 1h;
    lower_floor f(options);
    const auto at = f.connect("r", {}, reliable);
    const auto token = f.connections[at].reconnection_token;
    f.connect("p", {});
    const auto found = [&](const std::string& id, const std::string& with) {
        return f.connections.find_recoverable(f.during.now.wall, {id, with});
    };
    CHECK(found("r", token) == at);
    CHECK(found("r", "wrong") == no_slot);
    CHECK(found("p", "") == no_slot);
    CHECK(found("x", token) == no_slot);
    f.pass(1h);
    CHECK(found("r", token) == no_slot);
}

TEST_CASE("a detached connection expires with its window, which may be none, and not if there is no end to it") {
    hub_options options;
    options.recovery.window = GENERATE(std::optional<duration>(5s), std::optional<duration>(0s), std::nullopt,
                                       std::optional<duration>(duration::max()));
    lower_floor f(options);
    const auto at = f.connect("r", {}, reliable);
    f.connections.detach(f.during.now.steady, at);
    const auto window = options.recovery.window;
    CHECK(f.connections.deadline() == add_saturating(f.during.now.steady, window));
    if (window && *window < 1h) {
        CHECK((*window == 0s) == (f.connections.take_expired(f.during.now.steady) == at));
    }
    f.connections.recover(at);
    CHECK_FALSE(f.connections.deadline());
}

TEST_CASE("a client's own close ends a reliable connection only with 1000, or if nothing is recovered") {
    hub_options options;
    options.recovery.enabled = GENERATE(true, false);
    lower_floor f(options);
    const auto plain = f.connect("p", {});
    const auto at = f.connect("r", {}, reliable);
    for (const auto code :
         std::initializer_list<std::uint16_t>{1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 4000}) {
        CHECK(f.connections.survives(at, code) == options.recovery.enabled);
        CHECK_FALSE(f.connections.survives(plain, code));
    }
    CHECK_FALSE(f.connections.survives(at, 1000));
}
