// SPDX-License-Identifier: MIT
#include <webpubsub/track/sequence_tracker.hpp>

#include "support/catch.hpp"

#include <limits>

using namespace webpubsub;
using verdict = sequence_tracker::verdict;

TEST_CASE("ids in order are next, older ones duplicates, later ones gaps") {
    sequence_tracker s({});
    CHECK(s.receive(1, 10) == verdict::next);
    CHECK(s.receive(2, 10) == verdict::next);
    CHECK(s.receive(2, 10) == verdict::duplicate);
    CHECK(s.receive(1, 10) == verdict::duplicate);
    CHECK(s.receive(5, 10) == verdict::gap);
    CHECK(s.last() == 5);
    CHECK(s.receive(4, 10) == verdict::duplicate);
    const auto max = std::numeric_limits<std::uint64_t>::max();
    CHECK(s.receive(max, 10) == verdict::gap);
    CHECK(s.last() == max);
    s.reset();
    CHECK(s.receive(1, 10) == verdict::next);
}

TEST_CASE("an acknowledgement is due for many messages, for many bytes, or on request") {
    sequence_tracker s({3, 100});
    s.request();
    CHECK_FALSE(s.due());
    s.receive(1, 10);
    CHECK(s.unacknowledged());
    CHECK_FALSE(s.due());
    s.receive(2, 10);
    s.receive(3, 10);
    CHECK(s.due());
    s.acknowledged();
    CHECK_FALSE(s.due());
    CHECK_FALSE(s.unacknowledged());
    s.receive(4, 100);
    CHECK(s.due());
    s.acknowledged();
    s.receive(4, 1);
    CHECK(s.unacknowledged());
    CHECK_FALSE(s.due());
    s.request();
    CHECK(s.due());
}
