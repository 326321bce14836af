// SPDX-License-Identifier: MIT
#include "simulation/exchange_simulation.hpp"
#include "simulation/seeds.hpp"

#include "support/catch.hpp"

using namespace webpubsub::tests;

TEST_CASE("streams, invocations and group states keep their promises over links that are cut") {
    exchange_totals all;
    const auto seeds = chosen_seeds(default_simulation_runs / 2);
    run_seeds(seeds, [&](std::uint64_t seed) {
        exchange_simulation s(seed);
        s.run();
        all += s.totals;
    });
    WARN(seeds.count << " runs: " << all.streams << " streams, " << all.ended << " ended well, " << all.lost
                     << " lost, " << all.fragments << " fragments received, " << all.invocations << " invocations, "
                     << all.answered << " answered, " << all.unknown << " unknown outcomes, " << all.state_changes
                     << " changes of states, " << all.recoveries << " recoveries");
    if (seeds.count < 100) return;
    // Faults that never happen prove nothing.
    CHECK(all.ended > 2 * seeds.count);
    CHECK(all.lost > seeds.count / 2);
    CHECK(all.unknown > seeds.count / 10);
    CHECK(all.recoveries > seeds.count);
}
