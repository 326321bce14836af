// SPDX-License-Identifier: MIT
#include <webpubsub/support/timer_table.hpp>

#include "support/catch.hpp"

#include <chrono>

using namespace webpubsub;
using namespace webpubsub::detail;
using namespace std::chrono_literals;

namespace {

const steady_time start{};

} // namespace

TEST_CASE("timers come due in the order of their times, then of their ids") {
    timer_table timers;
    CHECK_FALSE(timers.next());
    timers.set(3, start + 2s);
    timers.set(2, start + 1s);
    timers.set(1, start + 2s);
    CHECK(timers.next() == start + 1s);
    CHECK_FALSE(timers.pop_due(start + 999ms));
    CHECK(timers.pop_due(start + 5s) == 2u);
    CHECK(timers.pop_due(start + 5s) == 1u);
    CHECK(timers.pop_due(start + 5s) == 3u);
    CHECK_FALSE(timers.pop_due(start + 5s));
    CHECK_FALSE(timers.next());
}

TEST_CASE("times before the clock's zero and at its ends are in order") {
    timer_table timers;
    timers.set(1, steady_time::max());
    timers.set(2, start - 1s);
    timers.set(3, steady_time::min());
    timers.set(4, start);
    CHECK(timers.next() == steady_time::min());
    CHECK(timers.pop_due(start) == 3u);
    CHECK(timers.pop_due(start) == 2u);
    CHECK(timers.pop_due(start) == 4u);
    CHECK_FALSE(timers.pop_due(start));
    CHECK(timers.next() == steady_time::max());
    CHECK(timers.pop_due(steady_time::max()) == 1u);
}

TEST_CASE("setting a timer again moves it, and a cancelled one never comes") {
    timer_table timers;
    timers.set(1, start + 1s);
    timers.set(1, start + 3s);
    CHECK(timers.is_set(1));
    CHECK_FALSE(timers.pop_due(start + 2s));
    CHECK(timers.pop_due(start + 3s) == 1u);
    CHECK_FALSE(timers.is_set(1));
    timers.set(1, start + 4s);
    timers.set(2, start + 4s);
    timers.cancel(1);
    timers.cancel(7);
    CHECK(timers.pop_due(start + 9s) == 2u);
    CHECK_FALSE(timers.pop_due(start + 9s));
    timers.set(1, std::optional(start));
    CHECK(timers.is_set(1));
    timers.set(1, std::optional<steady_time>());
    CHECK_FALSE(timers.is_set(1));
    timers.set(1, start);
    timers.clear();
    CHECK_FALSE(timers.next());
}
