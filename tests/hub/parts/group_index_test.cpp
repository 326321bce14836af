// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/group_index.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using webpubsub::hub_parts::group_index;

TEST_CASE("a group exists while it has members") {
    group_index groups;
    CHECK_FALSE(groups.exists("a"));
    CHECK(groups.join("a", 1));
    CHECK(groups.exists("a"));
    CHECK(groups.size() == 1);
    CHECK(groups.leave("a", 1));
    CHECK_FALSE(groups.exists("a"));
    CHECK(groups.size() == 0);
    CHECK(groups.members("a").empty());
}

TEST_CASE("joining twice and leaving what one is not in change nothing") {
    group_index groups;
    CHECK(groups.join("a", 1));
    CHECK_FALSE(groups.join("a", 1));
    CHECK(groups.members("a").size() == 1);
    CHECK_FALSE(groups.leave("b", 1));
    CHECK_FALSE(groups.leave("a", 2));
    CHECK(groups.contains("a", 1));
}

TEST_CASE("a group index agrees with a map of sets through joins, leaves and ends") {
    group_index groups;
    std::map<std::string, std::set<std::uint32_t>> model;
    std::mt19937 random(3);
    for (int step = 0; step < 20'000; ++step) {
        const auto name = "group" + std::to_string(random() % 12);
        const auto member = static_cast<std::uint32_t>(random() % 20);
        switch (random() % 8) {
        case 0:
            groups.leave_all(member);
            for (auto& [_, members] : model) members.erase(member);
            break;
        case 1:
        case 2: CHECK(groups.leave(name, member) == (model[name].erase(member) == 1)); break;
        default: CHECK(groups.join(name, member) == model[name].insert(member).second);
        }
        const auto span = groups.members(name);
        std::vector<std::uint32_t> members(span.begin(), span.end());
        std::sort(members.begin(), members.end());
        REQUIRE(std::equal(members.begin(), members.end(), model[name].begin(), model[name].end()));
        REQUIRE(groups.exists(name) == !model[name].empty());
        std::size_t count = 0;
        for (const auto& [_, all] : model) count += all.count(member);
        REQUIRE(groups.count_of(member) == count);
    }
}
