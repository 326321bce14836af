// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/group_states.hpp>

#include "support/catch.hpp"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace webpubsub::client_events;

namespace {

using items = std::vector<group_state_item>;

group_state_item state(std::string id, std::string value, int time) {
    return {std::move(id), "u", string_map{{"k", std::move(value)}}, update_time(std::chrono::milliseconds(time))};
}
group_state_item cleared(std::string id, int time) {
    return {std::move(id), "u", {}, update_time(std::chrono::milliseconds(time))};
}

struct driver {
    explicit driver(const client_group_state_options& options = {}) : states(options) {}

    group_states states;

    void snapshot(std::string group, items changes) {
        group_state_snapshot_message message{{}, std::move(group), std::move(changes)};
        states.receive(message);
    }
    void update(std::string group, items changes) {
        group_state_update_message message{{}, std::move(group), std::move(changes)};
        states.receive(message);
    }
    void link(std::initializer_list<link_change> changes) {
        for (const auto change : changes) states.handle_link({}, change);
    }

    /// What is known of a group: `a=1 b=2`, or `none` without a view.
    std::string known(std::string_view group = "g") const {
        const auto* const map = states.states_of(group);
        if (map == nullptr) return "none";
        std::string out;
        for (const auto& each : *map)
            out += (out.empty() ? "" : " ") + each.connection_id + "=" + each.state->front().value;
        return out;
    }

    std::optional<group_states_changed> event() {
        auto event = states.poll_event();
        if (!event) return std::nullopt;
        return get<group_states_changed>(std::move(*event));
    }
};

} // namespace

TEST_CASE("group states: a subscription brings a snapshot and then updates, of which the newest counts") {
    driver d;
    d.states.expect("g", false);
    CHECK(d.known().empty());
    d.snapshot("g", {state("a", "1", 10)});
    auto changed = d.event();
    REQUIRE(changed);
    CHECK(changed->snapshot);
    CHECK(changed->group == "g");
    CHECK(changed->items == items{state("a", "1", 10)});
    d.update("g", {state("b", "2", 20)});
    changed = d.event();
    REQUIRE(changed);
    CHECK_FALSE(changed->snapshot);
    CHECK(changed->items == items{state("b", "2", 20)});
    CHECK(d.known() == "a=1 b=2");
    // Asking once more does not begin anew.
    d.states.expect("g", false);
    d.update("g", {state("a", "old", 9)});
    CHECK_FALSE(d.event());
    d.update("g", {cleared("a", 30)});
    CHECK(d.event());
    CHECK(d.known() == "b=2");
    // A snapshot is told also if it brings nothing new: the subscription has begun.
    d.snapshot("g", {state("b", "2", 20)});
    changed = d.event();
    REQUIRE(changed);
    CHECK(changed->items.empty());
}

TEST_CASE("what comes for a group without a view is left out") {
    driver d;
    d.states.expect("g", false);
    d.snapshot("h", {state("a", "1", 10)});
    d.update("h", {state("a", "1", 10)});
    CHECK_FALSE(d.event());
    CHECK(d.known("h") == "none");
    CHECK(d.states.size() == 1);
    d.states.forget("h");
    d.states.forget("g");
    CHECK(d.known() == "none");
    d.update("g", {state("a", "1", 10)});
    CHECK_FALSE(d.event());
    CHECK(d.states.size() == 0);
}

TEST_CASE("groups have views of their own") {
    driver d;
    d.states.expect("g", false);
    d.states.expect("h", false);
    d.snapshot("g", {state("a", "1", 10)});
    d.snapshot("h", {state("a", "2", 5)});
    CHECK(d.known("g") == "a=1");
    CHECK(d.known("h") == "a=2");
}

TEST_CASE("views outlive a recovery, are emptied with the connection, and end with the client") {
    driver d;
    d.states.expect("g", false);
    d.snapshot("g", {state("a", "1", 10)});
    d.event();
    d.link({link_change::down});
    CHECK(d.known() == "a=1");
    d.link({link_change::recovering, link_change::recovered, link_change::down});
    CHECK(d.known() == "a=1");
    d.link({GENERATE(link_change::replaced, link_change::replaced_after_rejected_frame)});
    CHECK(d.known().empty());
    CHECK_FALSE(d.event());
    d.link({link_change::up});
    // Also one that is older than what was known of the old connection.
    d.snapshot("g", {state("a", "2", 5)});
    CHECK(d.known() == "a=2");
    CHECK(d.event()->items == items{state("a", "2", 5)});
    d.link({link_change::down, link_change::stopped});
    CHECK(d.known() == "none");
    CHECK_FALSE(d.event());
}

TEST_CASE("a state to be set is checked") {
    const driver d;
    CHECK(d.states.check_state({}).value().empty());
    CHECK(d.states.check_state({{"k", "1"}, {"l", ""}, {"k", "2"}}).value() == string_map{{"k", "2"}, {"l", ""}});
    CHECK(d.states.check_state({{"k", std::string(511, 'x')}}));
    CHECK(d.states.check_state({{"k", std::string(512, 'x')}}).error() ==
          error::exceeds(errc::state_too_large, "group_states.max_size", 512, 513));
    // Of a key that is there twice the last counts.
    CHECK(d.states.check_state({{"k", std::string(512, 'x')}, {"k", "1"}}));
    CHECK(d.states.check_state({{"\xff", ""}}).error().code == errc::invalid_utf8);
    CHECK(d.states.check_state({{"", "\xed\xa0\xbd"}}).error().code == errc::invalid_utf8);
    client_group_state_options options;
    options.max_size = 0;
    CHECK(group_states(options).check_state({}));
    CHECK(group_states(options).check_state({{"k", ""}}).error().code == errc::state_too_large);
}

TEST_CASE("limits of nothing keep nothing") {
    client_group_state_options options;
    options.max_states = options.max_bytes = options.max_cleared = options.full_snapshot = 0;
    CHECK(group_states::check(options));
    driver d(options);
    d.states.expect("g", false);
    d.snapshot("g", {state("a", "1", 10), cleared("b", 10)});
    CHECK(d.event()->items.empty());
    d.update("g", {state("a", "1", 20)});
    CHECK_FALSE(d.event());
    CHECK(d.known().empty());
}
