// SPDX-License-Identifier: MIT
#include <webpubsub/track/invocation_tracker.hpp>

#include "support/catch.hpp"

#include <string>

using namespace webpubsub;
using namespace std::chrono_literals;

namespace {

constexpr steady_time t0{std::chrono::hours(1)};

tracked_invocation make(std::string id, std::optional<steady_time> deadline = {}) {
    return {id, 7, std::make_shared<const std::string>("frame of " + id), deadline};
}

} // namespace

TEST_CASE("invocations are written in the order of the calls, and answered in any") {
    invocation_tracker t({});
    for (const auto* id : {"b", "a", "c"}) t.add(make(id));
    CHECK(*t.take_next() == "frame of b");
    CHECK(*t.take_next() == "frame of a");
    CHECK(t.finish("a")->tag == 7);
    CHECK_FALSE(t.finish("a"));
    CHECK(*t.take_next() == "frame of c");
    CHECK_FALSE(t.has_next());
    CHECK(t.finish("c"));
    CHECK(t.finish("b"));
    CHECK(t.size() == 0);
}

TEST_CASE("an invocation that was cancelled before it was written is not written") {
    invocation_tracker t({});
    t.add(make("a"));
    CHECK_FALSE(t.finish("a")->written);
    CHECK_FALSE(t.has_next());
}

TEST_CASE("an invocation may have a deadline, written or not") {
    invocation_tracker t({});
    t.add(make("a", t0 + 10s));
    t.add(make("b", t0 + 5s));
    t.add(make("c"));
    CHECK(*t.take_next() == "frame of a");
    CHECK(t.deadline() == t0 + 5s);
    CHECK_FALSE(t.take_expired(t0 + 4s));
    CHECK(t.take_expired(t0 + 10s)->invocation_id == "b");
    CHECK(t.take_expired(t0 + 10s)->invocation_id == "a");
    CHECK_FALSE(t.take_expired(t0 + 10s));
    CHECK_FALSE(t.deadline());
    CHECK_FALSE(t.finish("a"));
    CHECK(*t.take_next() == "frame of c");
}

TEST_CASE("invocations are limited in number and bytes") {
    invocation_tracker::limits limits;
    SECTION("number") {
        limits.pending = 1;
        invocation_tracker t(limits);
        t.add(make("a"));
        CHECK(t.room_for(1).error() == errc::too_many_pending);
        t.finish("a");
        CHECK(t.room_for(1));
    }
    SECTION("bytes") {
        limits.bytes = 20;
        invocation_tracker t(limits);
        t.add(make("a"));
        CHECK(t.room_for(11).error() == errc::queue_full);
        CHECK(t.room_for(10));
        t.finish("a");
        CHECK(t.room_for(20));
    }
}

TEST_CASE("all of them end with their transport, in the order of the calls") {
    invocation_tracker t({});
    for (const auto* id : {"c", "b", "a"}) t.add(make(id, t0 + 1s));
    t.take_next();
    const auto ended = t.give_up();
    REQUIRE(ended.size() == 3);
    CHECK(ended[0].invocation_id == "c");
    CHECK(ended[0].written);
    CHECK(ended[1].invocation_id == "b");
    CHECK_FALSE(ended[1].written);
    CHECK(ended[2].invocation_id == "a");
    CHECK_FALSE(t.has_next());
    CHECK_FALSE(t.deadline());
    CHECK(t.room_for(1));
    t.add(make("a"));
    CHECK(*t.take_next() == "frame of a");
}
