// SPDX-License-Identifier: MIT

#include <webpubsub/hub/group_states.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace webpubsub;
using namespace std::chrono_literals;

namespace {

const wall_time noon{1'700'000'000s};

update_time at(std::int64_t ms) { return update_time(1'700'000'000s) + std::chrono::milliseconds(ms); }

group_state_item set(group_states& states, std::uint32_t member, const std::string& group, const std::string& value,
                     wall_time now = noon) {
    const auto id = "c" + std::to_string(member);
    return states.set(member, id, "u" + std::to_string(member), group, {{"k", value}}, now);
}

} // namespace

TEST_CASE("the size of a state is that of its keys and values") {
    CHECK(state_size({}) == 0);
    CHECK(state_size({{"ab", "c"}, {"", "d"}}) == 4);
}

TEST_CASE("a state is replaced as a whole, and each change is an item") {
    group_states states;
    CHECK(set(states, 1, "g", "a") == group_state_item{"c1", "u1", string_map{{"k", "a"}}, at(0)});
    CHECK(states.set(1, "c1", "u1", "g", {{"other", "b"}}, noon + 5ms) ==
          group_state_item{"c1", "u1", string_map{{"other", "b"}}, at(5)});
    CHECK(states.snapshot("g", 10) == std::vector<group_state_item>{{"c1", "u1", string_map{{"other", "b"}}, at(5)}});
    CHECK(states.count_of(1) == 1);
    CHECK(states.has_state(1, "g"));
    CHECK(states.clear(1, "g", noon + 6ms) == group_state_item{"c1", "u1", std::nullopt, at(6)});
    CHECK_FALSE(states.clear(1, "g", noon));
    CHECK_FALSE(states.clear(2, "g", noon));
    CHECK_FALSE(states.has_state(1, "g"));
    CHECK(states.snapshot("g", 10).empty());
    CHECK(states.size() == 0);
}

TEST_CASE("the times of a connection's changes grow, also where the clock does not, and over all groups") {
    group_states states;
    CHECK(set(states, 1, "g", "a", noon).updated_at == at(0));
    CHECK(set(states, 1, "g", "b", noon).updated_at == at(1));
    CHECK(set(states, 1, "h", "c", noon - 1h).updated_at == at(2));
    CHECK(states.clear(1, "g", noon)->updated_at == at(3));
    CHECK(set(states, 1, "g", "d", noon).updated_at == at(4));
    CHECK(set(states, 1, "g", "e", noon + 1s).updated_at == at(1000));
    CHECK(set(states, 2, "g", "a", noon).updated_at == at(0));
}

TEST_CASE("a snapshot is in the order of connection ids, of one group, and not longer than asked") {
    group_states states;
    for (const auto id : {"c", "a", "d", "b"}) states.set(static_cast<std::uint32_t>(id[0]), id, "", "g", {}, noon);
    states.set(1, "a", "", "f", {}, noon);
    states.set(2, "z", "", "g2", {}, noon);
    const auto ids = [&](std::size_t limit) {
        std::string joined;
        for (const auto& item : states.snapshot("g", limit)) joined += item.connection_id;
        return joined;
    };
    CHECK(ids(10) == "abcd");
    CHECK(ids(3) == "abc");
    CHECK(ids(0).empty());
    CHECK(states.snapshot("nobody", 10).empty());
}

TEST_CASE("who is removed watches nothing any more, and its states are there to be announced") {
    group_states states;
    CHECK_FALSE(states.remove(1));
    set(states, 1, "g", "a");
    set(states, 1, "h", "b");
    set(states, 2, "g", "c");
    states.watch("g", 1);
    states.watch("h", 1);
    auto owner = states.remove(1);
    REQUIRE(owner);
    CHECK(owner->groups == std::set<std::string, std::less<>>{"g", "h"});
    CHECK(owner->change(std::nullopt, noon) == group_state_item{"c1", "u1", std::nullopt, at(2)});
    CHECK(owner->change(std::nullopt, noon).updated_at == at(3));
    CHECK(states.watchers("g").empty());
    CHECK(states.watchers("h").empty());
    CHECK(states.snapshot("g", 10).size() == 1);
    CHECK(states.size() == 1);
    CHECK(states.count_of(1) == 0);
}

TEST_CASE("watching twice is watching once") {
    group_states states;
    states.watch("g", 1);
    states.watch("g", 1);
    states.watch("g", 2);
    CHECK(states.watchers("g").size() == 2);
    states.unwatch("g", 1);
    states.unwatch("g", 1);
    states.unwatch("nobody", 1);
    REQUIRE(states.watchers("g").size() == 1);
    CHECK(states.watchers("g")[0] == 2);
    states.watch("h", 2);
    states.unwatch_all(2);
    CHECK(states.watchers("g").empty());
    CHECK(states.watchers("h").empty());
}

TEST_CASE("group states agree with a map through sets, clears and removals") {
    group_states states({1, 2});
    std::map<std::pair<std::string, std::string>, std::string> model;
    std::mt19937 random(9);
    for (int step = 0; step < 10'000; ++step) {
        const auto group = "g" + std::to_string(random() % 4);
        const auto member = static_cast<std::uint32_t>(random() % 6);
        const auto id = "c" + std::to_string(member);
        switch (random() % 8) {
        case 0: {
            const auto owner = states.remove(member);
            std::size_t gone = std::erase_if(model, [&](const auto& entry) { return entry.first.second == id; });
            REQUIRE((owner ? owner->groups.size() : 0) == gone);
            break;
        }
        case 1:
        case 2: REQUIRE(states.clear(member, group, noon).has_value() == (model.erase({group, id}) == 1)); break;
        default: set(states, member, group, std::to_string(step)); model[{group, id}] = std::to_string(step);
        }
        std::vector<std::string> values;
        for (const auto& [key, value] : model) {
            if (key.first == group) values.push_back(value);
        }
        std::vector<std::string> seen;
        for (const auto& item : states.snapshot(group, 100)) seen.push_back((*item.state)[0].value);
        REQUIRE(seen == values);
        REQUIRE(states.size() == model.size());
        std::size_t count = 0;
        for (const auto& [key, value] : model) count += key.second == id;
        REQUIRE(states.count_of(member) == count);
    }
}
