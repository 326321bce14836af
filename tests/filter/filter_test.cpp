// SPDX-License-Identifier: MIT
#include <webpubsub/filter/filter.hpp>

#include "support/catch.hpp"

#include <string>
#include <utility>

using namespace webpubsub;
using namespace webpubsub::filters;

TEST_CASE("the published examples of filters, built of expressions") {
    const std::pair<filter, const char*> expected[] = {
        {user_id() == "user1", "userId eq 'user1'"},
        {user_id() == nullptr, "userId eq null"},
        {user_id().in({"user1", "user2", "user3"}) && in_group("group1"),
         "userId in ('user1','user2','user3') and 'group1' in groups"},
        {user_id() == "user1" && connection_id() != "123", "userId eq 'user1' and connectionId ne '123'"},
        {user_id() == "user1" && !in_group("group1"), "userId eq 'user1' and not ('group1' in groups)"},
        {in_group("group1") || in_group("group2"), "'group1' in groups or 'group2' in groups"},
        {group_count() > 1, "length(groups) gt 1"},
        {starts_with(user_id(), "user") && length(user_id()) > 3, "startswith(userId,'user') and length(userId) gt 3"},
        {substring(user_id(), 5, 2) == "ab", "substring(userId,5,2) eq 'ab'"},
        {to_lower(user_id()) == "user1", "tolower(userId) eq 'user1'"},
    };
    for (const auto& [made, text] : expected) CHECK(made.text() == text);
}

TEST_CASE("whatever a text holds is data") {
    CHECK((user_id() == "user'1").text() == "userId eq 'user''1'");
    CHECK((user_id() != "O'Brien").text() == "userId ne 'O''Brien'");
    const std::string attack = "x' or true or 'a' eq 'a";
    CHECK((user_id() == attack).text() == "userId eq 'x'' or true or ''a'' eq ''a'");
    CHECK(in_group("' in groups or 'g").text() == "''' in groups or ''g' in groups");
    CHECK(user_id().in({"a','b", "'"}).text() == "userId in ('a'',''b','''')");
    CHECK((concat(user_id(), "'") == "''").text() == "concat(userId,'''') eq ''''''");
    CHECK((user_id() == std::string("a\0b", 3)).text() == std::string("userId eq 'a\0b'", 15));
    CHECK((user_id() == "").text() == "userId eq ''");
}

TEST_CASE("a filter means what the expression means, with as few parentheses as that takes") {
    const auto a = user_id() == "a";
    const auto b = user_id() == "b";
    const auto c = in_group("c");
    CHECK((a && b && c).text() == "userId eq 'a' and userId eq 'b' and 'c' in groups");
    CHECK((a || (b && c)).text() == "userId eq 'a' or userId eq 'b' and 'c' in groups");
    CHECK(((a || b) && c).text() == "(userId eq 'a' or userId eq 'b') and 'c' in groups");
    CHECK((c && (a || b)).text() == "'c' in groups and (userId eq 'a' or userId eq 'b')");
    CHECK((!(a && b)).text() == "not (userId eq 'a' and userId eq 'b')");
    CHECK((!a).text() == "not (userId eq 'a')");
    CHECK((!!a).text() == "not (not (userId eq 'a'))");
    CHECK((!contains(user_id(), "x")).text() == "not contains(userId,'x')");
    CHECK((!a && !b).text() == "not (userId eq 'a') and not (userId eq 'b')");
    CHECK((filter("length(userId) gt 5 or true") && a).text() == "(length(userId) gt 5 or true) and userId eq 'a'");
}

TEST_CASE("every function and every comparison of numbers has its form") {
    CHECK((length(user_id()) == 1).text() == "length(userId) eq 1");
    CHECK((length(user_id()) != -1).text() == "length(userId) ne -1");
    CHECK((length(user_id()) < 2).text() == "length(userId) lt 2");
    CHECK((length(user_id()) <= 3).text() == "length(userId) le 3");
    CHECK((group_count() >= 4).text() == "length(groups) ge 4");
    CHECK((index_of(connection_id(), "a") == index_of(connection_id(), "b")).text() ==
          "indexof(connectionId,'a') eq indexof(connectionId,'b')");
    CHECK((to_upper(trim(user_id())) == "A").text() == "toupper(trim(userId)) eq 'A'");
    CHECK((substring(user_id(), 2) == "b").text() == "substring(userId,2) eq 'b'");
    CHECK(ends_with(user_id(), "x").text() == "endswith(userId,'x')");
}

TEST_CASE("an empty filter stands for every connection") {
    const auto a = user_id() == "a";
    CHECK(filter().empty());
    CHECK((filter() && a).text() == a.text());
    CHECK((a && filter()).text() == a.text());
    CHECK((a || filter()).empty());
    CHECK((!filter()).text() == "false");
    CHECK(user_id().in({}).text() == "false");
}
