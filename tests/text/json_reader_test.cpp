// SPDX-License-Identifier: MIT
#include <webpubsub/text/json_reader.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace webpubsub;

namespace {

using members = std::vector<std::pair<std::string, std::string>>;

members members_of(std::string_view json) {
    members out;
    for (detail::json_cursor cursor(json); cursor.next();) out.emplace_back(cursor.name(), cursor.value().text());
    return out;
}

std::string written(std::string_view text) {
    std::string out = "x";
    detail::append_json_string(text, out);
    return out.substr(1);
}

} // namespace

TEST_CASE("a cursor goes over the members of an object") {
    CHECK(members_of(R"({"a":1,"b":[1,{"c":2}],"d":{"e":"}"},"a":null})") ==
          members{{"a", "1"}, {"b", R"([1,{"c":2}])"}, {"d", R"({"e":"}"})"}, {"a", "null"}});
    CHECK(members_of(" { \"a\" : \"x\" , \"\\u0062\\n\" : true } ") == members{{"a", "\"x\""}, {"b\n", "true"}});
    CHECK(members_of("{}").empty());
    CHECK(members_of(" { } ").empty());
}

TEST_CASE("a cursor goes over the elements of an array") {
    CHECK(members_of(R"([1, "]", [], {}])") == members{{"", "1"}, {"", "\"]\""}, {"", "[]"}, {"", "{}"}});
    CHECK(members_of("[]").empty());
    CHECK(members_of("[ ]").empty());
}

TEST_CASE("other values have nothing in them, and a cursor at its end stays there") {
    for (const auto* const json : {"", " ", "1", "\"{}\"", "null"}) {
        CHECK(members_of(json).empty());
        CHECK_FALSE(detail::json_cursor(json).is_object());
        CHECK_FALSE(detail::json_cursor(json).is_array());
    }
    CHECK(detail::json_cursor(" {}").is_object());
    CHECK_FALSE(detail::json_cursor(" {}").is_array());
    CHECK(detail::json_cursor("[]").is_array());
    detail::json_cursor cursor("[1]");
    CHECK(cursor.next());
    CHECK_FALSE(cursor.next());
    CHECK_FALSE(cursor.next());
}

TEST_CASE("a string is written so that it is read as the same") {
    CHECK(written("plain /") == "\"plain /\"");
    CHECK(written("\"\\") == R"("\"\\")");
    CHECK(written("\b\t\n\f\r") == R"("\b\t\n\f\r")");
    CHECK(written(std::string_view("\0\x01\v\x1f\x7f", 5)) == "\"\\u0000\\u0001\\u000b\\u001f\x7f\"");
    std::string all;
    for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
    all += "\xc3\xa4\xf0\x9f\x98\x80";
    const auto text = "[" + written(all) + "]";
    REQUIRE(check_json(text, 1));
    detail::json_cursor cursor(text);
    REQUIRE(cursor.next());
    CHECK(detail::json_string_of(cursor.value()) == all);
}
