// SPDX-License-Identifier: MIT

#include <webpubsub/support/ring.hpp>

#include "support/catch.hpp"

#include <deque>
#include <random>
#include <string>

using webpubsub::detail::ring;

TEST_CASE("a ring gives elements back in the order they came, however it is filled and emptied") {
    ring<std::string> tested;
    std::deque<std::string> model;
    std::mt19937 random(1);
    for (int step = 0; step < 20'000; ++step) {
        // Phases of growing and of shrinking.
        if (random() % 100 < (step / 1000 % 2 == 0 ? 70u : 30u)) {
            tested.push_back(std::to_string(step));
            model.push_back(std::to_string(step));
        } else if (!model.empty()) {
            const auto n = static_cast<std::uint32_t>(random() % std::min<std::size_t>(model.size(), 3) + 1);
            tested.drop_front(n);
            model.erase(model.begin(), model.begin() + n);
        }
        REQUIRE(tested.size() == model.size());
        REQUIRE(tested.empty() == model.empty());
        if (model.empty()) continue;
        REQUIRE(tested.front() == model.front());
        const auto i = static_cast<std::uint32_t>(random() % model.size());
        REQUIRE(tested[i] == model[i]);
    }
}

TEST_CASE("copies of a ring go on independently") {
    ring<int> first;
    for (int i = 0; i < 20; ++i) first.push_back(i);
    first.drop_front(15);
    auto second = first;
    second.push_back(99);
    first.pop_front();
    CHECK(first.size() == 4);
    CHECK(second.size() == 6);
    CHECK(first.front() == 16);
    CHECK(second.front() == 15);
    CHECK(second[5] == 99);

    second = first;
    CHECK(second.size() == 4);
    CHECK(second[3] == 19);
}

TEST_CASE("a ring that was reset is as new") {
    ring<int> tested;
    for (int i = 0; i < 20; ++i) tested.push_back(i);
    tested.reset();
    CHECK(tested.empty());
    tested.push_back(7);
    CHECK(tested.front() == 7);

    ring<int> moved = std::move(tested);
    CHECK(moved.size() == 1);
}
