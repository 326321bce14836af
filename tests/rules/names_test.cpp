// SPDX-License-Identifier: MIT
#include <webpubsub/rules/names.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace webpubsub;
using namespace std::string_view_literals;

namespace {

std::string repeated(std::size_t count, std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

/// Each byte as the first and as a later character of a name.
void check_ascii_name(bool (*is_valid)(std::string_view), std::string_view marks) {
    const std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const std::string_view digits = "0123456789";
    for (int i = 0; i < 256; ++i) {
        CAPTURE(i);
        const char c = static_cast<char>(static_cast<unsigned char>(i));
        const bool letter = letters.find(c) != std::string_view::npos;
        const bool digit = digits.find(c) != std::string_view::npos;
        const bool later = letter || digit || marks.find(c) != std::string_view::npos;
        CHECK(is_valid(std::string(1, c)) == letter);
        CHECK(is_valid(std::string("a") + c) == later);
        CHECK(is_valid(std::string("a") + c + "z") == later);
    }
    CHECK_FALSE(is_valid(""));
    CHECK(is_valid(std::string(128, 'a')));
    CHECK_FALSE(is_valid(std::string(129, 'a')));
    CHECK_FALSE(is_valid("\xC3\xA4"));
    CHECK_FALSE(is_valid("a\xC3\xA4"));
}

} // namespace

TEST_CASE("A hub name is a letter and up to 127 letters, digits and marks") {
    check_ascii_name(is_valid_hub_name, "_`,.[]");
    CHECK(is_valid_hub_name("chat"));
    CHECK(is_valid_hub_name("My_Hub.v2,[x]`"));
    CHECK_FALSE(is_valid_hub_name("my-hub"));
    CHECK_FALSE(is_valid_hub_name("_hub"));
    CHECK_FALSE(is_valid_hub_name("1hub"));
    CHECK_FALSE(is_valid_hub_name("hub "));
}

TEST_CASE("An event name is a letter and up to 127 letters, digits and marks") {
    check_ascii_name(is_valid_event_name, "_.-");
    CHECK(is_valid_event_name("order.created"));
    CHECK(is_valid_event_name("Chat_login-2"));
    CHECK_FALSE(is_valid_event_name(".login"));
    CHECK_FALSE(is_valid_event_name("a,b"));
    CHECK_FALSE(is_valid_event_name("login\n"));
}

TEST_CASE("A group name is any text that is not blank") {
    CHECK(is_valid_group_name("room1"));
    CHECK(is_valid_group_name("a.b.c"));
    CHECK(is_valid_group_name("a*"));
    CHECK(is_valid_group_name("room 1/\xC3\xA4"));
    CHECK(is_valid_group_name(" room "));
    CHECK(is_valid_group_name("\0"sv));
    CHECK(is_valid_group_name("\x7F"));
    CHECK(is_valid_group_name("\xF0\x9F\x98\x80"));
    CHECK(is_valid_group_name("\xE2\x80\x8B")); // zero width space is no white space

    CHECK_FALSE(is_valid_group_name(""));
    CHECK_FALSE(is_valid_group_name(" "));
    CHECK_FALSE(is_valid_group_name(" \t\r\n"));
    CHECK_FALSE(is_valid_group_name("\xC2\xA0\xE3\x80\x80"));
    CHECK_FALSE(is_valid_group_name(std::string(1024, ' ')));
}

TEST_CASE("A group name is UTF-8") {
    CHECK_FALSE(is_valid_group_name("\xFF"));
    CHECK_FALSE(is_valid_group_name("room\xC3"));
    CHECK_FALSE(is_valid_group_name("\xED\xA0\x80"));
    CHECK_FALSE(is_valid_group_name("\xC0\x80"));
}

TEST_CASE("A group name has at most 1024 UTF-16 units, of which an astral character takes two") {
    CHECK(is_valid_group_name(repeated(1024, "a")));
    CHECK_FALSE(is_valid_group_name(repeated(1025, "a")));
    CHECK(is_valid_group_name(repeated(1024, "\xC3\xA4")));
    CHECK_FALSE(is_valid_group_name(repeated(1025, "\xC3\xA4")));
    CHECK(is_valid_group_name(repeated(1024, "\xE2\x82\xAC")));
    CHECK_FALSE(is_valid_group_name(repeated(1025, "\xE2\x82\xAC")));
    CHECK_FALSE(is_valid_group_name(repeated(1024, "\xE2\x82\xAC") + "a"));
    CHECK(is_valid_group_name(repeated(512, "\xF0\x9F\x98\x80")));
    CHECK_FALSE(is_valid_group_name(repeated(512, "\xF0\x9F\x98\x80") + "a"));
    CHECK(is_valid_group_name(repeated(511, "\xF0\x9F\x98\x80") + "ab"));
    CHECK_FALSE(is_valid_group_name(repeated(511, "\xF0\x9F\x98\x80") + "abc"));
    CHECK_FALSE(is_valid_group_name(repeated(1000000, "a")));
}
