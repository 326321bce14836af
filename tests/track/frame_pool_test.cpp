// SPDX-License-Identifier: MIT

#include <webpubsub/track/frame_pool.hpp>

#include "support/catch.hpp"

#include <string>

using namespace webpubsub;

TEST_CASE("a frame lives as long as there are references to it") {
    frame_pool pool;
    const auto frame = pool.add("body", frame_kind::binary);
    CHECK(pool.bytes(frame) == "body");
    CHECK(pool.size_of(frame) == 4);
    CHECK(pool.kind_of(frame) == frame_kind::binary);
    CHECK(pool.references(frame) == 1);

    pool.add_references(frame, 2);
    pool.release(frame);
    pool.release(frame);
    CHECK(pool.size() == 1);
    CHECK(pool.bytes(frame) == "body");
    pool.release(frame);
    CHECK(pool.size() == 0);
}

TEST_CASE("the bytes of a frame stay where they are while others come and go") {
    frame_pool pool;
    const auto frame = pool.add("x", frame_kind::text);
    const auto view = pool.bytes(frame);
    for (int i = 0; i < 1000; ++i) pool.add(std::to_string(i), frame_kind::text);
    CHECK(pool.bytes(frame).data() == view.data());
    CHECK(view == "x");
    CHECK(pool.kind_of(frame) == frame_kind::text);
}

TEST_CASE("copies of a pool share the bytes and count for themselves") {
    frame_pool pool;
    const auto frame = pool.add(std::string(100, 'a'), frame_kind::text);
    auto copy = pool;
    CHECK(copy.bytes(frame).data() == pool.bytes(frame).data());
    pool.release(frame);
    CHECK(pool.size() == 0);
    CHECK(copy.size() == 1);
    CHECK(copy.bytes(frame) == std::string(100, 'a'));
}
