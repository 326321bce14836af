// SPDX-License-Identifier: MIT
#include <webpubsub/support/number_index.hpp>

#include "support/catch.hpp"

#include <limits>

using webpubsub::detail::number_index;

TEST_CASE("pairs of numbers are in order, and have values") {
    number_index index;
    number_index::entry at;
    CHECK(index.empty());
    CHECK_FALSE(index.first(at));
    const auto most = std::numeric_limits<std::uint64_t>::max();
    index.set({1, most}, 10);
    index.set({1, 2}, 20);
    index.set({0, most});
    CHECK(index.size() == 3);
    REQUIRE(index.first(at));
    CHECK(at.key == number_index::key{0, most});
    CHECK(at.value == 0);
    REQUIRE(index.find_from({1, 0}, at));
    CHECK(at.value == 20);
    REQUIRE(index.find_from({1, 3}, at));
    CHECK(at.value == 10);
    CHECK_FALSE(index.find_from({2, 0}, at));
    CHECK(*index.find({1, 2}) == 20);
    CHECK(index.find({1, 3}) == nullptr);
}

TEST_CASE("a value is replaced, and what is erased is gone") {
    number_index index;
    index.set({1, 1}, 1);
    index.set({1, 1}, 2);
    CHECK(index.size() == 1);
    CHECK(*index.find({1, 1}) == 2);
    const auto copy = index;
    CHECK(index.erase({1, 1}));
    CHECK_FALSE(index.erase({1, 1}));
    CHECK_FALSE(index.contains({1, 1}));
    CHECK(copy.contains({1, 1}));
    index.set({1, 1});
    index.clear();
    CHECK(index.empty());
}
