// SPDX-License-Identifier: MIT

#include <webpubsub/support/slot_table.hpp>

#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using webpubsub::detail::slot_table;

TEST_CASE("objects keep their place in memory while the table grows and when it is moved") {
    slot_table<std::string> table;
    std::vector<const std::string*> places;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        REQUIRE(table.take() == i);
        table[i] = std::to_string(i);
        places.push_back(&table[i]);
    }
    const auto moved = std::move(table);
    for (std::uint32_t i = 0; i < 1000; ++i) {
        REQUIRE(&moved[i] == places[i]);
        REQUIRE(moved[i] == std::to_string(i));
    }
    CHECK(moved.end() == 1000);
}

TEST_CASE("a slot that was given back is taken again, the last one first") {
    slot_table<int> table;
    for (int i = 0; i < 5; ++i) table.take();
    table.give_back(1);
    table.give_back(3);
    CHECK(table.used() == 3);
    CHECK(table.take() == 3);
    CHECK(table.take() == 1);
    CHECK(table.take() == 5);
    CHECK(table.used() == 6);
}

TEST_CASE("a copied table has objects of its own") {
    slot_table<int> table;
    for (int i = 0; i < 300; ++i) table[table.take()] = i;
    table.give_back(7);
    auto copy = table;
    copy[299] = 0;
    CHECK(table[299] == 299);
    CHECK(copy.take() == 7);
    CHECK(table.take() == 7);
    CHECK(copy.take() == 300);
    CHECK(table.end() == 300);
}
