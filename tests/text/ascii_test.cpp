// SPDX-License-Identifier: MIT
#include <webpubsub/text/ascii.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace webpubsub;

TEST_CASE("Only ASCII letters and digits are letters and digits") {
    const std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const std::string_view digits = "0123456789";
    for (int i = 0; i < 256; ++i) {
        CAPTURE(i);
        const char c = static_cast<char>(static_cast<unsigned char>(i));
        CHECK(is_alpha(c) == (letters.find(c) != std::string_view::npos));
        CHECK(is_digit(c) == (digits.find(c) != std::string_view::npos));
    }
}

TEST_CASE("A hex digit has its value in either case and any other byte has none") {
    const std::string_view lower = "0123456789abcdef";
    const std::string_view upper = "0123456789ABCDEF";
    for (int i = 0; i < 256; ++i) {
        CAPTURE(i);
        const char c = static_cast<char>(static_cast<unsigned char>(i));
        const auto place = lower.find(c) != std::string_view::npos ? lower.find(c) : upper.find(c);
        CHECK(hex_digit_value(c) == (place == std::string_view::npos ? -1 : static_cast<int>(place)));
    }
}

TEST_CASE("Comparing without case folds ASCII letters and nothing else") {
    CHECK(equal_ignoring_case("", ""));
    CHECK(equal_ignoring_case("JoinGroup", "joinGROUP"));
    CHECK_FALSE(equal_ignoring_case("joinGroup", "joinGroups"));
    CHECK_FALSE(equal_ignoring_case("[", "{"));
    CHECK_FALSE(equal_ignoring_case("@", "`"));
    CHECK_FALSE(equal_ignoring_case("\xC3\x84", "\xC3\xA4"));
    CHECK(to_lower("A[Z\xC3\x84 0") == "a[z\xC3\x84 0");
}
