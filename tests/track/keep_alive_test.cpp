// SPDX-License-Identifier: MIT
#include <webpubsub/track/keep_alive.hpp>

#include "support/catch.hpp"

#include <chrono>

using namespace webpubsub;
using namespace std::chrono_literals;

TEST_CASE("pings come at their interval and a silent peer is given up") {
    const steady_time start{};
    keep_alive k(20s, 50s);
    CHECK_FALSE(k.deadline());
    k.start(start);
    CHECK(k.deadline() == start + 20s);
    CHECK_FALSE(k.expired(start + 19s));
    CHECK_FALSE(k.ping_due());
    CHECK_FALSE(k.expired(start + 20s));
    CHECK(k.ping_due());
    k.pinged();
    CHECK_FALSE(k.ping_due());
    k.received(start + 21s);
    CHECK_FALSE(k.expired(start + 40s));
    CHECK_FALSE(k.expired(start + 60s));
    CHECK(k.deadline() == start + 71s);
    CHECK_FALSE(k.expired(start + 70s));
    CHECK(k.expired(start + 71s));
}

TEST_CASE("stopped, it has no deadline and nothing to send") {
    const steady_time start{};
    keep_alive k(20s, 50s);
    k.start(start);
    CHECK_FALSE(k.expired(start + 20s));
    k.stop();
    CHECK_FALSE(k.deadline());
    CHECK_FALSE(k.ping_due());
    CHECK_FALSE(k.expired(start + 1h));
    k.start(start + 1h);
    CHECK(k.deadline() == start + 1h + 20s);
}

TEST_CASE("zero switches either half off") {
    const steady_time start{};
    keep_alive only_pings(20s, 0s);
    only_pings.start(start);
    CHECK_FALSE(only_pings.expired(start + 24h));
    CHECK(only_pings.ping_due());
    keep_alive only_timeout(0s, 50s);
    only_timeout.start(start);
    CHECK(only_timeout.deadline() == start + 50s);
    CHECK(only_timeout.expired(start + 50s));
    CHECK_FALSE(only_timeout.ping_due());
    keep_alive neither(0s, 0s);
    neither.start(start);
    CHECK_FALSE(neither.deadline());
}
