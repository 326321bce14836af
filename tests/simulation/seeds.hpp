// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"

#include <cstdint>
#include <cstdlib>
#include <exception>

#ifndef WEBPUBSUB_SIMULATION_RUNS
#define WEBPUBSUB_SIMULATION_RUNS 1000
#endif

namespace webpubsub::tests {

inline constexpr std::uint64_t default_simulation_runs = WEBPUBSUB_SIMULATION_RUNS;

struct seed_range {
    std::uint64_t first = 1;
    std::uint64_t count = 0;
};

/// WEBPUBSUB_SEED runs one seed alone, WEBPUBSUB_RUNS another number of them.
inline seed_range chosen_seeds(std::uint64_t count) {
    seed_range chosen{1, count};
    if (const char* text = std::getenv("WEBPUBSUB_RUNS")) chosen.count = std::strtoull(text, nullptr, 10);
    if (const char* text = std::getenv("WEBPUBSUB_SEED")) chosen = {std::strtoull(text, nullptr, 10), 1};
    return chosen;
}

/// Calls `run(seed)` for each; a broken promise fails the test and names the seed.
template <class Run>
void run_seeds(const seed_range& seeds, Run&& run) {
    for (auto seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
        try {
            run(seed);
        } catch (const std::exception& broken) {
            FAIL("broken in the run of seed " << seed << " (run it alone with WEBPUBSUB_SEED=" << seed
                                              << "): " << broken.what());
        }
    }
}

} // namespace webpubsub::tests
