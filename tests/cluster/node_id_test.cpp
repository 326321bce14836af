// SPDX-License-Identifier: MIT
#include <webpubsub/cluster/node_id.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace webpubsub;

namespace {

/// Counts from 0x9A.
secure_random counting(unsigned char& next) {
    next = 0x9A;
    return {&next, [](void* context, unsigned char* bytes, std::size_t size) {
                auto& number = *static_cast<unsigned char*>(context);
                for (std::size_t i = 0; i < size; ++i) bytes[i] = number++;
            }};
}

} // namespace

TEST_CASE("a node has the place that its host gives and an epoch of its own") {
    unsigned char next = 0;
    const auto node = node_id::start("01Af", counting(next));
    REQUIRE(node);
    CHECK(node->to_string() == "01af9a9b9c9d");
    CHECK(node->place() == 0x01AF);
    CHECK(node_id::parse("01af9a9b9c9d") == *node);
    CHECK(node_id::of_number(node->number()) == *node);
}

TEST_CASE("a place is four hexadecimal digits") {
    unsigned char next = 0;
    for (const std::string_view bad : {"", "1", "123", "12345", "12g4", " 123", "-123"}) {
        CAPTURE(bad);
        CHECK(node_id::start(bad, counting(next)).error().subject == std::string_view("place"));
    }
}

TEST_CASE("the digits of a node are read in one spelling only") {
    for (const std::string_view bad :
         {"", "01af9a9b9c9", "01af9a9b9c9d0", "01AF9a9b9c9d", "01af9a9b9c9g", "01af 9a9b9c9"}) {
        CAPTURE(bad);
        CHECK_FALSE(node_id::parse(bad));
    }
    CHECK(node_id::parse("000000000000") == node_id());
    CHECK(node_id::parse("ffffffffffff")->number() == 0xFFFF'FFFF'FFFFu);
}

TEST_CASE("the node of a connection is told by an id that a hub of a cluster has made, and by no other") {
    const std::string own = "0123456789abcdef0123456789abcdef";
    CHECK(node_id::of_connection("01af9a9b9c9d" + own) == node_id::parse("01af9a9b9c9d"));
    CHECK_FALSE(node_id::of_connection(own));
    CHECK_FALSE(node_id::of_connection("01af9a9b9c9d" + own + "0"));
    CHECK_FALSE(node_id::of_connection("01AF9a9b9c9d" + own));
    CHECK_FALSE(node_id::of_connection("01af9a9b9c9d0123456789abcdef0123456789abcdeF"));
    CHECK_FALSE(node_id::of_connection("01af9a9b9c9d0123456789abcdef0123456789abcde-"));
    CHECK_FALSE(node_id::of_connection({}));
}

TEST_CASE("nodes are in the order of their digits") {
    CHECK(node_id::parse("00ff00000000") < node_id::parse("010000000000"));
    CHECK(node_id::parse("01af00000000") < node_id::parse("01af00000001"));
}
