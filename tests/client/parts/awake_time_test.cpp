// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/awake_time.hpp>

#include "support/catch.hpp"

#include <chrono>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace std::chrono_literals;

namespace {

const steady_time start{1h};

} // namespace

TEST_CASE("a deadline that is met, or missed by a little, changes nothing") {
    awake_time t(5s);
    CHECK(t.begin(start, std::nullopt) == duration::zero());
    CHECK(t.begin(start + 1min, std::nullopt) == duration::zero());
    CHECK(t.begin(start + 2min, start + 2min) == duration::zero());
    CHECK(t.begin(start + 3min, start + 3min - 5s) == duration::zero());
    CHECK(t.now() == start + 3min);
    CHECK(t.to_host(start + 4min) == start + 4min);
    CHECK_FALSE(t.to_host(std::nullopt));
}

TEST_CASE("after a suspension the time stands still before the deadline, and then goes on") {
    awake_time t(5s);
    const auto deadline = start + 10s;
    t.begin(start, std::nullopt);
    CHECK(t.begin(start + 1h, deadline) >= 59min);
    CHECK(t.now() < deadline);
    // What waits is read first.
    CHECK(t.begin(start + 1h + 4s, deadline) == duration::zero());
    CHECK(t.now() < deadline);
    const auto due = t.to_host(deadline).value();
    CHECK(due > start + 1h + 5s);
    CHECK(due < start + 1h + 6s);
    CHECK(t.begin(due, deadline) == duration::zero());
    CHECK(t.now() == deadline);
    // What begins then is not late.
    CHECK(t.to_host(deadline + 3s) == due + 3s);
}

TEST_CASE("a second suspension in that moment does not count either") {
    awake_time t(5s);
    const auto deadline = start + 10s;
    t.begin(start + 1h, deadline);
    CHECK(t.begin(start + 2h, deadline) > duration::zero());
    CHECK(t.now() < deadline);
    CHECK(t.to_host(deadline).value() > start + 2h);
}

TEST_CASE("the time never goes back, also for a deadline that was long over") {
    awake_time t(5s);
    CHECK(t.begin(start + 1h, std::nullopt) == duration::zero());
    CHECK(t.begin(start + 2h, start) > duration::zero());
    CHECK(t.now() >= start + 1h);
    const auto before = t.now();
    t.begin(start + 3h, start);
    CHECK(t.now() >= before);
}

TEST_CASE("without a limit no process was ever suspended, and the longest deadline is no time at all") {
    awake_time t(std::nullopt);
    CHECK(t.begin(start + 24h, start) == duration::zero());
    CHECK(t.now() == start + 24h);
    awake_time slept(5s);
    slept.begin(start + 1h, start);
    CHECK(slept.to_host(steady_time::max()) == steady_time::max());
}
