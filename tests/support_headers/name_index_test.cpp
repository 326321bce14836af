// SPDX-License-Identifier: MIT
#include <webpubsub/support/name_index.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

using webpubsub::detail::name_index;

TEST_CASE("names are in order, and have values") {
    name_index index;
    CHECK(index.first() == nullptr);
    CHECK(index.next_after("") == nullptr);
    index.set("b", 2);
    index.set("a", 1);
    index.set("", 3);
    index.set(std::string_view("a\0c", 3));
    std::vector<std::string> names;
    for (const auto* each = index.first(); each != nullptr; each = index.next_after(each->name())) {
        names.emplace_back(each->name());
    }
    CHECK(names == std::vector<std::string>{"", "a", std::string("a\0c", 3), "b"});
    CHECK(*index.find("a") == 1);
    CHECK(index.find("c") == nullptr);
    // From a name that is not there, a walk goes on too.
    CHECK(index.next_after("aa")->name() == "b");
}

TEST_CASE("the value of a name is replaced, and what is erased is gone") {
    name_index index;
    index.set("a", 1);
    index.set("a", 2);
    CHECK(index.size() == 1);
    CHECK(*index.find("a") == 2);
    CHECK(index.erase("a"));
    CHECK_FALSE(index.erase("a"));
    CHECK(index.empty());
    index.set("a");
    index.clear();
    CHECK_FALSE(index.contains("a"));
}
