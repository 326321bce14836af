// SPDX-License-Identifier: MIT
#include "simulation/seeds.hpp"
#include "simulation/simulation.hpp"
#include "simulation/totals.hpp"

#include "support/catch.hpp"

#include <cstddef>

using namespace webpubsub;
using namespace webpubsub::tests;

TEST_CASE("the promises hold in random runs over links that are cut") {
    const auto seeds = chosen_seeds(default_simulation_runs);
    simulation_totals all;
    for (const auto& each : simulate<hub>(mix::messages, seeds)) all += each;
    const auto runs = seeds.count;
    WARN(runs << " runs: " << all.text());
    if (runs < 100) return;
    // Faults that never happen prove nothing.
    CHECK(all.cuts >= 5 * runs);
    CHECK(all.half_open > runs / 2);
    CHECK(all.hung > runs / 10);
    CHECK(all.silent > runs / 20);
    CHECK(all.recoveries > runs);
    CHECK(all.refused_recoveries > runs / 10);
    CHECK(all.duplicate_acks > runs / 20);
    CHECK(all.duplicates_dropped > runs / 10);
    CHECK(all.unknown_outcomes > runs / 10);
    CHECK(all.resent > runs / 20);
    CHECK(all.forbidden > runs);
    CHECK(all.failures > runs);
    CHECK(all.streams > runs);
    CHECK(all.answered > runs);
    CHECK(all.states_set > runs);
    CHECK(all.subscriptions > runs);
}

TEST_CASE("streams, invocations and group states keep their promises over links that are cut") {
    const auto seeds = chosen_seeds(default_simulation_runs);
    const auto all = simulate<hub>(mix::streams, seeds);
    const auto forms = all_codecs();
    REQUIRE(forms.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& protocol = forms[i].protocol();
        const auto& sum = all[i];
        WARN(seeds.count << " runs with " << protocol.name << ": " << sum.text());
        if (seeds.count < 100) continue;
        // Faults that never happen prove nothing.
        CHECK(sum.ended > seeds.count / 2);
        CHECK(sum.lost > seeds.count / 4);
        CHECK(sum.received > 10 * seeds.count);
        CHECK(sum.answered > seeds.count);
        CHECK(sum.unanswered > seeds.count / 10);
        CHECK(sum.cancelled > seeds.count / 10);
        CHECK(sum.states_set > seeds.count);
        CHECK((protocol.reliable ? sum.recoveries > seeds.count / 2 : sum.recoveries == 0));
    }
}
