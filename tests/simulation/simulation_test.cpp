// SPDX-License-Identifier: MIT
#include "simulation/seeds.hpp"
#include "simulation/simulation.hpp"
#include "simulation/totals.hpp"

#include "support/catch.hpp"

using namespace webpubsub::tests;

TEST_CASE("the promises hold in random runs over links that are cut") {
    simulation_totals all;
    const auto seeds = chosen_seeds(default_simulation_runs);
    run_seeds(seeds, [&](std::uint64_t seed) {
        simulation s(seed);
        s.run();
        all += s.totals;
    });
    const auto runs = seeds.count;
    WARN(runs << " runs: " << all.requests << " requests, " << all.messages << " messages received, " << all.cuts
              << " cuts (" << all.half_open << " half-open), " << all.connections << " connections, " << all.recoveries
              << " recoveries, " << all.refused_recoveries << " refused, " << all.duplicate_acks << " lost acks, "
              << all.duplicates_dropped << " repeated messages, " << all.unknown_outcomes << " unknown outcomes, "
              << all.resent << " resent, " << all.forbidden << " forbidden");
    if (runs < 100) return;
    // Faults that never happen prove nothing.
    CHECK(all.cuts >= 5 * runs);
    CHECK(all.half_open > runs / 2);
    CHECK(all.recoveries > runs);
    CHECK(all.refused_recoveries > runs / 10);
    CHECK(all.duplicate_acks > runs / 20);
    CHECK(all.duplicates_dropped > runs / 10);
    CHECK(all.unknown_outcomes > runs / 10);
    CHECK(all.resent > runs / 20);
    CHECK(all.forbidden > runs);
}
