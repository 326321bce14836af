// SPDX-License-Identifier: MIT
#include <webpubsub/track/timer_table.hpp>

#include "support/catch.hpp"

#include <chrono>

using namespace webpubsub;
using namespace std::chrono_literals;

TEST_CASE("timers come due in the order of their times, then of their ids") {
    const steady_time start{};
    timer_table<int> timers;
    CHECK_FALSE(timers.next());
    timers.set(3, start + 2s);
    timers.set(2, start + 1s);
    timers.set(1, start + 2s);
    CHECK(timers.next() == start + 1s);
    CHECK_FALSE(timers.pop_due(start + 999ms));
    CHECK(timers.pop_due(start + 5s) == 2);
    CHECK(timers.pop_due(start + 5s) == 1);
    CHECK(timers.pop_due(start + 5s) == 3);
    CHECK_FALSE(timers.pop_due(start + 5s));
    CHECK_FALSE(timers.next());
}

TEST_CASE("setting a timer again moves it, and a cancelled one never comes") {
    const steady_time start{};
    timer_table<int> timers;
    timers.set(1, start + 1s);
    timers.set(1, start + 3s);
    CHECK(timers.is_set(1));
    CHECK_FALSE(timers.pop_due(start + 2s));
    CHECK(timers.pop_due(start + 3s) == 1);
    CHECK_FALSE(timers.is_set(1));
    timers.set(1, start + 4s);
    timers.set(2, start + 4s);
    timers.cancel(1);
    timers.cancel(7);
    CHECK(timers.pop_due(start + 9s) == 2);
    CHECK_FALSE(timers.pop_due(start + 9s));
    timers.set(1, start);
    timers.cancel_all();
    CHECK_FALSE(timers.next());
}
