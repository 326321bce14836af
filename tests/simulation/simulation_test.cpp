// SPDX-License-Identifier: MIT
#include "simulation/simulation.hpp"
#include "simulation/totals.hpp"

#include "support/catch.hpp"

#include <cstdlib>
#include <exception>

using namespace webpubsub::tests;

#ifndef WEBPUBSUB_SIMULATION_RUNS
#define WEBPUBSUB_SIMULATION_RUNS 1000
#endif

// WEBPUBSUB_SEED runs one seed alone, WEBPUBSUB_RUNS another number of them.
TEST_CASE("the promises hold in random runs over links that are cut") {
    std::uint64_t first = 1;
    std::uint64_t runs = WEBPUBSUB_SIMULATION_RUNS;
    if (const char* text = std::getenv("WEBPUBSUB_RUNS")) runs = std::strtoull(text, nullptr, 10);
    if (const char* text = std::getenv("WEBPUBSUB_SEED")) {
        first = std::strtoull(text, nullptr, 10);
        runs = 1;
    }
    simulation_totals all;
    for (auto seed = first; seed < first + runs; ++seed) {
        simulation s(seed);
        try {
            s.run();
        } catch (const std::exception& broken) {
            FAIL("broken in the run of seed " << seed << " (run it alone with WEBPUBSUB_SEED=" << seed
                                              << "): " << broken.what());
        }
        all += s.totals;
    }
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
