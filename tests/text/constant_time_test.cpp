// SPDX-License-Identifier: MIT
#include <webpubsub/text/constant_time.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <string>
#include <string_view>

using namespace webpubsub;

TEST_CASE("secrets are equal only with the same length and the same bytes") {
    using namespace std::string_view_literals;
    struct row {
        std::string_view a, b;
        bool equal;
    };
    const auto [a, b, equal] = GENERATE(values<row>({
        {"", "", true},
        {"secret", "secret", true},
        {"secret", "Secret", false},
        {"secret", "secreT", false},
        {"secret", "secret ", false},
        {"secret", "", false},
        {"a\0b"sv, "a\0b"sv, true},
        {"a\0b"sv, "a\0c"sv, false},
        {"\xff\x80"sv, "\xff\x80"sv, true},
        {"\xff\x80"sv, "\xff\x00"sv, false},
        {"\x01\x02"sv, "\x02\x01"sv, false},
    }));
    CAPTURE(a, b);
    CHECK(equal_in_constant_time(a, b) == equal);
    CHECK(equal_in_constant_time(b, a) == equal);
}

TEST_CASE("a difference at any single place is seen") {
    const std::string secret(64, 'x');
    for (std::size_t i = 0; i < secret.size(); ++i) {
        for (const char bit : {'\x01', '\x10', '\x40'}) {
            std::string other = secret;
            other[i] = static_cast<char>(other[i] ^ bit);
            CHECK_FALSE(equal_in_constant_time(secret, other));
        }
    }
}
