// SPDX-License-Identifier: MIT

#include <webpubsub/support/hash.hpp>

#include "support/catch.hpp"

#include <array>
#include <string>

using namespace webpubsub::detail;

// The vectors that the authors of SipHash publish: the key is the bytes 0 to 15, message n the bytes 0 to n - 1.
TEST_CASE("siphash gives the published values") {
    constexpr hash_seed key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    struct vector {
        std::size_t length;
        std::uint64_t hash;
    };
    const auto each =
        GENERATE(vector{0, 0x726fdb47dd0e0e31}, vector{1, 0x74f839c593dc67fd}, vector{2, 0x0d6c8009d9a94f5a},
                 vector{3, 0x85676696d7fb7e2d}, vector{7, 0xab0200f58b01d137}, vector{8, 0x93f5f5799a932462},
                 vector{15, 0xa129ca6149be45e5});
    std::string message;
    for (std::size_t i = 0; i < each.length; ++i) message.push_back(static_cast<char>(i));
    CHECK(siphash(key, message) == each.hash);
}

TEST_CASE("a number hashes as its eight bytes") {
    constexpr hash_seed seed{1, 2};
    const std::string bytes("\x08\x07\x06\x05\x04\x03\x02\x01", 8);
    CHECK(siphash(seed, std::uint64_t{0x0102030405060708}) == siphash(seed, bytes));
}

TEST_CASE("another seed gives other hashes") {
    CHECK(siphash({1, 2}, "group") != siphash({1, 3}, "group"));
    CHECK(siphash({1, 2}, "group") != siphash({2, 2}, "group"));
    CHECK(siphash({1, 2}, std::uint64_t{7}) != siphash({2, 2}, std::uint64_t{7}));
}
