// SPDX-License-Identifier: MIT
#include <webpubsub/messages/string_map.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <string>

using namespace webpubsub;

namespace {

string_map reduced(string_map map) {
    detail::keep_last_of_each_key(map);
    return map;
}

} // namespace

TEST_CASE("of entries with the same key the last value stays in the place of the first") {
    CHECK(reduced({}) == string_map{});
    CHECK(reduced({{"a", "1"}}) == string_map{{"a", "1"}});
    CHECK(reduced({{"b", "1"}, {"a", "2"}}) == string_map{{"b", "1"}, {"a", "2"}});
    CHECK(reduced({{"b", "1"}, {"a", "2"}, {"b", "3"}}) == string_map{{"b", "3"}, {"a", "2"}});
    CHECK(reduced({{"", "1"}, {"", "2"}, {"", "3"}}) == string_map{{"", "3"}});
    CHECK(reduced({{"a", "1"}, {"b", "2"}, {"a", "3"}, {"c", "4"}, {"b", "5"}, {"a", "6"}}) ==
          string_map{{"a", "6"}, {"b", "5"}, {"c", "4"}});
}

TEST_CASE("many entries are reduced as few are") {
    string_map map;
    for (std::size_t i = 0; i < 10'000; ++i) map.push_back({std::to_string(i % 3'000), std::to_string(i)});
    detail::keep_last_of_each_key(map);
    REQUIRE(map.size() == 3'000);
    for (std::size_t i = 0; i < map.size(); ++i) {
        const auto last = i < 1'000 ? 9'000 + i : 6'000 + i;
        if (map[i] != string_map_entry{std::to_string(i), std::to_string(last)}) FAIL_CHECK(i);
    }
}
