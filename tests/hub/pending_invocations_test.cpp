// SPDX-License-Identifier: MIT

#include <webpubsub/hub/pending_invocations.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>

using namespace webpubsub;

TEST_CASE("an invocation is found by its number and by its owner's id for it, until it is taken") {
    pending_invocations pending;
    pending.add(7, 1, "a");
    REQUIRE(pending.find(7) != nullptr);
    CHECK(pending.find(7)->owner == 1);
    CHECK(pending.find(7)->invocation_id == "a");
    CHECK_FALSE(pending.find(7)->raised);
    CHECK(pending.number_of(1, "a") == 7u);

    pending.find(7)->raised = true;
    const auto taken = pending.take(7);
    CHECK(taken.owner == 1);
    CHECK(taken.invocation_id == "a");
    CHECK(taken.raised);
    CHECK(pending.find(7) == nullptr);
    CHECK_FALSE(pending.number_of(1, "a"));
    CHECK_FALSE(pending.any_of(1));
}

TEST_CASE("owners have ids of their own") {
    pending_invocations pending;
    pending.add(1, 1, "a");
    pending.add(2, 2, "a");
    CHECK(pending.number_of(1, "a") == 1u);
    CHECK(pending.number_of(2, "a") == 2u);
    CHECK_FALSE(pending.number_of(3, "a"));
    pending.take(1);
    CHECK(pending.count_of(1) == 0);
    CHECK(pending.count_of(2) == 1);
    CHECK(pending.any_of(2) == 2u);
}

TEST_CASE("pending invocations agree with a map through any order of additions and removals") {
    pending_invocations pending;
    std::map<std::pair<std::uint32_t, std::string>, event_id> model;
    std::mt19937 random(5);
    event_id last = 0;
    for (int step = 0; step < 20'000; ++step) {
        const auto owner = static_cast<std::uint32_t>(random() % 5);
        const auto id = std::to_string(random() % 8);
        const auto known = model.find({owner, id});
        REQUIRE(pending.number_of(owner, id) == (known == model.end() ? std::nullopt : std::optional(known->second)));
        if (random() % 50 == 0) {
            while (const auto number = pending.any_of(owner)) {
                const auto taken = pending.take(*number);
                REQUIRE(taken.owner == owner);
                REQUIRE(model.erase({owner, taken.invocation_id}) == 1);
            }
        } else if (known == model.end()) {
            pending.add(++last, owner, id);
            model[{owner, id}] = last;
        } else {
            REQUIRE(pending.take(known->second).invocation_id == id);
            model.erase(known);
        }
        std::size_t count = 0;
        for (const auto& [key, number] : model) count += key.first == owner;
        REQUIRE(pending.count_of(owner) == count);
    }
}
