// SPDX-License-Identifier: MIT
#include <webpubsub/support/backoff.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <limits>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::detail;
using namespace std::chrono_literals;

TEST_CASE("a delay doubles up to its maximum") {
    jitter_source chance(1);
    const backoff_options options{100ms, 1s, 0};
    std::vector<duration> delays;
    for (unsigned i = 1; i <= 6; ++i) delays.push_back(backoff_delay(options, i, chance));
    CHECK(delays == std::vector<duration>{100ms, 200ms, 400ms, 800ms, 1s, 1s});
    CHECK(backoff_delay(options, std::numeric_limits<unsigned>::max(), chance) == 1s);
}

TEST_CASE("a maximum that is the base makes every delay the same") {
    jitter_source chance(1);
    for (unsigned i = 1; i < 100; ++i) CHECK(backoff_delay({1s, 1s, 0}, i, chance) == 1s);
}

TEST_CASE("a delay that can't be doubled for ever ends at its maximum") {
    jitter_source chance(1);
    CHECK(backoff_delay({1s, duration::max() / 4, 0}, 1000, chance) == duration::max() / 4);
}

TEST_CASE("jitter takes away a part of the delay, evenly, and the same for the same seed") {
    const backoff_options options{1s, 1s, 0.5};
    jitter_source chance(42);
    jitter_source same(42);
    jitter_source other(43);
    duration sum{};
    bool differs = false;
    for (int i = 0; i < 1000; ++i) {
        const auto delay = backoff_delay(options, 1, chance);
        CHECK(delay >= 500ms);
        CHECK(delay <= 1s);
        CHECK(delay == backoff_delay(options, 1, same));
        differs = differs || delay != backoff_delay(options, 1, other);
        sum += delay;
    }
    CHECK(differs);
    CHECK(sum / 1000 > 730ms);
    CHECK(sum / 1000 < 770ms);
}

TEST_CASE("delays without sense are known") {
    CHECK(is_valid({}));
    CHECK(is_valid({duration::zero(), duration::max(), 1.0}));
    CHECK_FALSE(is_valid({-1s, 1s, 0}));
    CHECK_FALSE(is_valid({1s, -1s, 0}));
    CHECK_FALSE(is_valid({1s, 1s, 1.1}));
    CHECK_FALSE(is_valid({1s, 1s, std::numeric_limits<double>::quiet_NaN()}));
}
