// SPDX-License-Identifier: MIT
#include <webpubsub/access/hmac.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

struct gives_bytes {
    sha256_digest operator()(std::string_view, std::string_view) const { return {}; }
};

struct gives_a_string {
    std::string operator()(std::string_view, std::string_view) const { return {}; }
};

struct wants_no_key {
    sha256_digest operator()(std::string_view) const { return {}; }
};

struct can_not_be_copied {
    can_not_be_copied(const can_not_be_copied&) = delete;
    sha256_digest operator()(std::string_view, std::string_view) const { return {}; }
};

} // namespace

TEST_CASE("the HMAC concept takes copyable callables that give a digest of a key and a message") {
    STATIC_REQUIRE(hmac_sha256<gives_bytes>);
    STATIC_REQUIRE(hmac_sha256<sha256_digest (*)(std::string_view, std::string_view)>);
    STATIC_REQUIRE_FALSE(hmac_sha256<gives_a_string>);
    STATIC_REQUIRE_FALSE(hmac_sha256<wants_no_key>);
    STATIC_REQUIRE_FALSE(hmac_sha256<can_not_be_copied>);
}

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
