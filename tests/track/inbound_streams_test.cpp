// SPDX-License-Identifier: MIT
#include <webpubsub/track/inbound_streams.hpp>

#include "support/catch.hpp"

#include <optional>

using namespace webpubsub;
using namespace std::chrono_literals;

namespace {

using verdict = inbound_streams::verdict;

constexpr steady_time t0{std::chrono::hours(1)};
const stream_key s{"g", "s"};

struct driver {
    explicit driver(const inbound_streams::limits& limits = {}) : streams(limits) {}

    inbound_streams streams;
    steady_time now = t0;

    inbound_streams::placement take(const stream_key& key, std::uint64_t number) {
        return streams.receive(now, key, {key.stream_id, number, {}});
    }
    inbound_streams::placement end(const stream_key& key, std::uint64_t number) {
        return streams.receive(now, key, {key.stream_id, number, stream_end{}});
    }
};

} // namespace

TEST_CASE("fragments of a stream follow each other") {
    driver d;
    CHECK(d.take(s, 1).verdict == verdict::first);
    CHECK(d.take(s, 2).verdict == verdict::next);
    CHECK(d.end(s, 3).verdict == verdict::next);
    CHECK_FALSE(d.streams.deadline());
    // The id may be used again.
    CHECK(d.take(s, 1).verdict == verdict::first);
}

TEST_CASE("streams are told apart by group and id") {
    driver d;
    d.take(s, 5);
    CHECK(d.take({"g", "t"}, 1).verdict == verdict::first);
    CHECK(d.take({"h", "s"}, 1).verdict == verdict::first);
    CHECK(d.take(s, 6).verdict == verdict::next);
}

TEST_CASE("what is missing and what is doubled is found") {
    driver d;
    d.take(s, 1);
    const auto gap = d.take(s, 4);
    CHECK(gap.verdict == verdict::gap);
    CHECK(gap.expected == 2);
    CHECK(d.take(s, 4).verdict == verdict::duplicate);
    CHECK(d.take(s, 1).verdict == verdict::duplicate);
    CHECK(d.take(s, 5).verdict == verdict::next);
    const auto end = d.end(s, 9);
    CHECK(end.verdict == verdict::gap);
    CHECK(end.expected == 6);
}

TEST_CASE("a stream may be joined midway, or only from its start") {
    inbound_streams::limits limits;
    SECTION("midway") {
        driver d(limits);
        CHECK(d.take(s, 7).verdict == verdict::first);
        CHECK(d.take(s, 8).verdict == verdict::next);
    }
    SECTION("from the start") {
        limits.from_start = true;
        driver d(limits);
        CHECK(d.take(s, 7).verdict == verdict::ignored);
        CHECK(d.end(s, 8).verdict == verdict::ignored);
        CHECK_FALSE(d.streams.deadline());
        CHECK(d.take(s, 1).verdict == verdict::first);
        CHECK(d.take(s, 2).verdict == verdict::next);
    }
    SECTION("a stream without data has its end for a start") {
        limits.from_start = true;
        driver d(limits);
        CHECK(d.end(s, 1).verdict == verdict::first);
    }
}

TEST_CASE("a stream that has fallen silent is given up") {
    driver d;
    d.take(s, 1);
    d.now = t0 + 200s;
    d.take(s, 2);
    CHECK(d.streams.deadline() == t0 + 500s);
    CHECK_FALSE(d.streams.give_up(t0 + 499s));
    CHECK(d.streams.give_up(t0 + 500s) == s);
    CHECK_FALSE(d.streams.give_up(t0 + 500s));
    CHECK(d.take(s, 3).verdict == verdict::first);
}

TEST_CASE("streams are limited, and the one that was silent longest makes room") {
    inbound_streams::limits limits;
    limits.streams = 2;
    driver d(limits);
    d.take(s, 1);
    d.now += 1s;
    d.take({"g", "t"}, 1);
    d.now += 1s;
    d.take(s, 2);
    d.now += 1s;
    d.take({"g", "u"}, 1);
    CHECK(d.streams.give_up(d.now) == stream_key{"g", "t"});
    CHECK_FALSE(d.streams.give_up(d.now));
    CHECK(d.take(s, 3).verdict == verdict::next);
}
