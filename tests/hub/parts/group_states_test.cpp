// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/group_states.hpp>

#include "hub/parts/lower_floor.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace hub_parts_tests;
using kind = outcome::kind;

namespace {

struct fixture : lower_floor {
    using lower_floor::lower_floor;

    group_states states{options.cluster};

    outcome run(std::uint32_t from, client_message message) {
        return states.execute(during, from, message, holder::none);
    }
    outcome set(std::uint32_t from, std::optional<string_map> state, const std::string& group = "g") {
        return run(from, set_group_state_message{group, std::nullopt, std::move(state)});
    }
    void watch(std::uint32_t from, const std::string& group = "g") {
        const client_message message = subscribe_group_state_message{group, std::nullopt};
        client_message copy = message;
        REQUIRE(states.execute(during, from, copy, holder::none).what == kind::acknowledge_and_finish);
        states.finish(during, from, message);
    }
    std::vector<group_state_item> items(std::uint32_t of) {
        std::vector<group_state_item> all;
        for (const auto& message : sent(of)) {
            if (const auto* update = get_if<group_state_update_message>(&message)) {
                all.insert(all.end(), update->items.begin(), update->items.end());
            } else {
                const auto& some = get<group_state_snapshot_message>(message).items;
                all.insert(all.end(), some.begin(), some.end());
            }
        }
        return all;
    }
    update_time time() const { return std::chrono::floor<update_time::duration>(during.now.wall); }
};

const string_map some{{"k", "v"}};

} // namespace

TEST_CASE("the size of a state is that of its keys and values") {
    CHECK(state_size({}) == 0);
    CHECK(state_size({{"ab", "c"}, {"", "d"}}) == 4);
}

TEST_CASE("each change of a state is told to those who watch, the author too, with times that grow") {
    fixture f;
    const auto a = f.connect("a");
    const auto b = f.connect("b", {"g", "h"});
    f.watch(a);
    CHECK(f.items(a).empty());
    CHECK(f.set(a, some).what == kind::acknowledge);
    CHECK(f.set(b, some).what == kind::acknowledge);
    f.pass(-1h);
    CHECK(f.set(b, string_map{{"other", "w"}}).what == kind::acknowledge);
    CHECK(f.set(b, std::nullopt).what == kind::acknowledge);
    CHECK(f.set(b, std::nullopt).what == kind::acknowledge);
    f.pass(1h);
    const auto t = f.time();
    CHECK(f.items(a) == std::vector<group_state_item>{{"a", "u-a", some, t},
                                                      {"b", "u-b", some, t},
                                                      {"b", "u-b", string_map{{"other", "w"}}, t + 1ms},
                                                      {"b", "u-b", std::nullopt, t + 2ms}});
    CHECK(f.items(b).empty());
    CHECK(f.states.size() == 1);
}

TEST_CASE("a snapshot is in the order of connection ids, of one group, and not longer than its limit") {
    hub_options options;
    options.groups.max_snapshot_items = 3;
    fixture f(options);
    for (const auto* const id : {"c", "a", "d", "b"}) f.set(f.connect(id), some);
    f.set(f.connect("0", {"h"}), some, "h");
    const auto watcher = f.connect("w");
    f.watch(watcher);
    std::string ids;
    for (const auto& item : f.items(watcher)) ids += item.connection_id;
    CHECK(ids == "abc");
}

TEST_CASE("who leaves loses its state and watches no more") {
    fixture f;
    const auto a = f.connect("a");
    const auto b = f.connect("b");
    f.watch(a);
    f.watch(b);
    f.set(a, some);
    CHECK(f.items(a).size() == 1);
    CHECK(f.items(b).size() == 1);
    f.states.handle_left(f.during, a, "g");
    CHECK(f.items(a).empty());
    CHECK(f.items(b) == std::vector<group_state_item>{{"a", "u-a", std::nullopt, f.time() + 1ms}});
    CHECK(f.states.watchers().members("g").size() == 1);
    f.states.handle_left(f.during, a, "g");
    CHECK(f.items(b).empty());
}

TEST_CASE("what the ended leave is announced when that is asked for, once") {
    fixture f;
    const auto a = f.connect("a", {"g", "h"});
    const auto b = f.connect("b", {"g", "h"});
    f.watch(b, "h");
    f.set(a, some);
    f.set(a, some, "h");
    f.items(b);
    f.states.handle_change(f.during, a, connection_change::detached);
    CHECK(f.states.size() == 2);
    f.states.handle_change(f.during, a, connection_change::ended);
    f.connections.end(a, "over", f.events);
    CHECK(f.states.size() == 0);
    CHECK(f.items(b).empty());
    CHECK(f.states.has_departures());
    CHECK(f.states.announce_departures(f.during));
    CHECK_FALSE(f.states.announce_departures(f.during));
    CHECK(f.items(b) == std::vector<group_state_item>{{"a", "u-a", std::nullopt, f.time() + 3ms}});
}

TEST_CASE("what is not allowed, too large or too much is refused, and changes nothing") {
    hub_options options;
    options.groups.max_state_size = 2;
    options.groups.max_states_per_connection = 1;
    fixture f(options);
    const auto a = f.connect("a", {"g", "h"});
    CHECK(f.set(a, some, "elsewhere").error->name == "Forbidden");
    CHECK(f.set(a, string_map{{"k", "vv"}}).error->name == "BadRequest");
    CHECK_FALSE(f.set(a, some).error);
    CHECK(f.set(a, some, "h").error->name == "BadRequest");
    CHECK_FALSE(f.set(a, some).error);
    CHECK(f.states.size() == 1);
    REQUIRE(f.connections[a].permissions.revoke(permission::set_group_state, "g"));
    REQUIRE(f.connections[a].permissions.revoke(permission::get_group_state, "g"));
    CHECK(f.set(a, some).error->name == "Forbidden");
    CHECK(f.run(a, subscribe_group_state_message{"g", {}}).error->name == "Forbidden");
    CHECK_FALSE(f.run(a, unsubscribe_group_state_message{"g", {}}).error);
    CHECK(f.run(a, ping_message{}).what == kind::not_mine);
}

TEST_CASE("group states agree with a map through sets, clears and ends") {
    fixture f;
    const auto watcher = f.connect("w", {"g0", "g1", "g2", "g3"});
    std::map<std::pair<std::string, std::string>, std::string> model;
    std::map<std::string, std::uint32_t> slots;
    std::mt19937 random(9);
    for (int step = 0; step < 3000; ++step) {
        const auto group = "g" + std::to_string(random() % 4);
        const auto id = "c" + std::to_string(random() % 6);
        if (!slots.contains(id)) slots[id] = f.connect(id, {"g0", "g1", "g2", "g3"});
        const auto member = slots[id];
        switch (random() % 8) {
        case 0:
            f.states.handle_change(f.during, member, connection_change::ended);
            f.connections.end(member, {}, f.events);
            f.out.detach(member);
            f.out.remove_outlet(member);
            f.connections.give_back(member);
            std::erase_if(model, [&](const auto& entry) { return entry.first.second == id; });
            slots.erase(id);
            break;
        case 1:
        case 2:
            f.set(member, std::nullopt, group);
            model.erase({group, id});
            break;
        default:
            f.set(member, string_map{{"k", std::to_string(step)}}, group);
            model[{group, id}] = std::to_string(step);
        }
        f.states.announce_departures(f.during);
        f.watch(watcher, group);
        std::vector<std::string> values;
        for (const auto& [key, value] : model) {
            if (key.first == group) values.push_back(value);
        }
        std::vector<std::string> seen;
        const auto all = f.sent(watcher);
        for (const auto& item : get<group_state_snapshot_message>(all.back()).items) {
            seen.push_back((*item.state)[0].value);
        }
        REQUIRE(seen == values);
        REQUIRE(f.states.size() == model.size());
    }
}
