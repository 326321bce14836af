// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/sequence_acks.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <limits>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace std::chrono_literals;
using verdict = sequence_acks::verdict;

namespace {

const steady_time now{1h};

} // namespace

TEST_CASE("ids in order are next, older ones repetitions, later ones gaps") {
    sequence_acks s({});
    CHECK(s.receive(now, 1, 10) == verdict::next);
    CHECK(s.receive(now, 2, 10) == verdict::next);
    CHECK(s.receive(now, 2, 10) == verdict::repetition);
    CHECK(s.receive(now, 1, 10) == verdict::repetition);
    CHECK(s.receive(now, 5, 10) == verdict::gap);
    CHECK(s.last() == 5);
    CHECK(s.receive(now, 4, 10) == verdict::repetition);
    const auto max = std::numeric_limits<std::uint64_t>::max();
    CHECK(s.receive(now, max, 10) == verdict::gap);
    CHECK(s.last() == max);
    s.handle_link(link_change::up);
    CHECK(s.last() == 0);
    CHECK(s.receive(now, 1, 10) == verdict::next);
}

TEST_CASE("an acknowledgement is due after a time, for many messages, or for many bytes") {
    sequence_acks s({1s, 3, 100});
    CHECK_FALSE(s.deadline());
    s.receive(now, 1, 10);
    s.receive(now + 500ms, 2, 10);
    CHECK(s.deadline() == now + 1s);
    CHECK_FALSE(s.due());
    SECTION("time") {
        s.handle_timeout(now + 999ms);
        CHECK_FALSE(s.due());
        s.handle_timeout(now + 1s);
        CHECK(s.due());
        CHECK(s.begin_write() == 2);
    }
    SECTION("messages") {
        s.receive(now, 3, 10);
        CHECK(s.due());
        CHECK(s.begin_write() == 3);
    }
    SECTION("bytes") {
        s.receive(now, 3, 80);
        CHECK(s.due());
        CHECK(s.begin_write() == 3);
    }
    CHECK_FALSE(s.due());
    CHECK_FALSE(s.deadline());
    // A repetition shows that the service has not seen the acknowledgement.
    CHECK(s.receive(now + 5s, 1, 1) == verdict::repetition);
    CHECK(s.deadline() == now + 6s);
}

TEST_CASE("on a new transport of the connection an acknowledgement goes out at once") {
    sequence_acks s({});
    s.handle_link(link_change::up);
    s.handle_link(link_change::down);
    s.handle_link(link_change::recovering);
    CHECK_FALSE(s.due());
    s.receive(now, 1, 1);
    s.handle_link(link_change::down);
    CHECK_FALSE(s.deadline());
    s.handle_link(link_change::recovering);
    CHECK(s.due());
    CHECK(s.begin_write() == 1);
}

TEST_CASE("a negative interval is refused, and the longest never ends") {
    CHECK_FALSE(sequence_acks::check({-1ns}));
    CHECK(sequence_acks::check({duration::zero(), 0, 0}));
    sequence_acks s({duration::max()});
    s.receive(now, 1, 1);
    CHECK(s.deadline() == steady_time::max());
}
