// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/shared_frame.hpp>

#include "support/catch.hpp"

#include <string>
#include <utility>

using namespace webpubsub;
using namespace webpubsub::hub_parts;

TEST_CASE("a frame has a copy of the bytes, their kind and an end") {
    const auto until = steady_time{} + duration(5);
    const frame_owner frame(make_frame("body", frame_kind::binary, until));
    CHECK(frame->bytes() == "body");
    CHECK(frame->size() == 4);
    CHECK(frame->kind() == frame_kind::binary);
    CHECK(frame->expires == until);
    CHECK(frame->references == 1);
    const frame_owner empty(make_frame("", frame_kind::text));
    CHECK(empty->bytes().empty());
    CHECK(empty->kind() == frame_kind::text);
    CHECK(empty->expires == steady_time::max());
}

TEST_CASE("an owner gives its reference back once, wherever it was moved") {
    frame_owner first(make_frame("body", frame_kind::text));
    shared_frame* const frame = first.get();
    frame->references += 2;
    frame_owner second(std::move(first));
    CHECK_FALSE(first);
    CHECK(frame->references == 3);
    second = frame_owner(frame);
    CHECK(frame->references == 2);
    second.reset();
    CHECK(frame->references == 1);
    release_frame(frame);
}
