// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/ack_history.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <deque>
#include <random>

using webpubsub::hub_parts::ack_history;

TEST_CASE("an id is known from when it is added") {
    ack_history history;
    CHECK_FALSE(history.contains(0));
    for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{9'007'199'254'740'993},
                                   std::uint64_t{0xFFFFFFFFFFFFFFFF}}) {
        CHECK_FALSE(history.contains(id));
        history.add(id);
        CHECK(history.contains(id));
    }
    CHECK(history.size() == 4);
}

TEST_CASE("the memory holds the last 1000 ids, and the oldest goes first") {
    ack_history history(1000, {1, 2});
    for (std::uint64_t id = 0; id < 1000; ++id) history.add(id);
    CHECK(history.contains(0));
    history.add(1000);
    CHECK_FALSE(history.contains(0));
    CHECK(history.contains(1));
    CHECK(history.contains(1000));
    CHECK(history.size() == 1000);
}

TEST_CASE("a history without capacity remembers nothing") {
    ack_history history(0);
    history.add(1);
    CHECK_FALSE(history.contains(1));
}

TEST_CASE("a history answers as a plain list of the last ids does") {
    const std::size_t capacity = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{64});
    ack_history history(capacity, {5, 6});
    std::deque<std::uint64_t> model;
    std::mt19937_64 random(capacity);
    for (int step = 0; step < 5000; ++step) {
        // Few enough ids that forgotten ones come again.
        const std::uint64_t id = random() % (3 * capacity);
        const bool known = std::find(model.begin(), model.end(), id) != model.end();
        REQUIRE(history.contains(id) == known);
        if (known) continue;
        history.add(id);
        model.push_back(id);
        if (model.size() > capacity) model.pop_front();
        REQUIRE(history.size() == model.size());
    }
}
