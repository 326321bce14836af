// SPDX-License-Identifier: MIT
#include <webpubsub/support/record_table.hpp>

#include "support/catch.hpp"

#include <string>
#include <utility>

using webpubsub::detail::record_table;

TEST_CASE("records are found by their keys and stay where they are") {
    record_table<std::string> table;
    auto& five = table.add(5, "five");
    for (std::uint64_t key = 6; key < 100; ++key) table.add(key, std::to_string(key));
    CHECK(table.find(5) == &five);
    CHECK(five == "five");
    CHECK(table.find(4) == nullptr);
    table.erase(5);
    table.erase(5);
    CHECK(table.find(5) == nullptr);
    CHECK(table.size() == 94);
}

TEST_CASE("a walk goes on whatever is erased on its way") {
    record_table<std::string> table;
    for (std::uint64_t key = 1; key <= 9; ++key) table.add(key, std::to_string(key));
    std::string seen;
    std::uint64_t at = 0;
    for (; const auto* const record = table.find_from(at); ++at) {
        seen += *record;
        table.erase(at);
        table.erase(at + 1);
    }
    CHECK(seen == "13579");
    CHECK(table.empty());
}

TEST_CASE("a record gets another key and stays where it is") {
    record_table<std::string> table;
    auto& one = table.add(1, "one");
    table.add(2, "two");
    table.move(1, 3);
    CHECK(table.find(1) == nullptr);
    CHECK(table.find(3) == &one);
    CHECK(table.size() == 2);
}

TEST_CASE("a copy has records of its own, and what was moved from has none") {
    record_table<std::string> table;
    table.add(1, "one");
    auto copy = table;
    *copy.find(1) = "changed";
    CHECK(*table.find(1) == "one");
    const auto moved = std::move(table);
    CHECK(*moved.find(1) == "one");
    CHECK(table.empty());
    table = copy;
    CHECK(*table.find(1) == "changed");
    copy.clear();
    CHECK(copy.empty());
    CHECK(table.size() == 1);
}
