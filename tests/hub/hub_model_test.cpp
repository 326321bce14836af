// SPDX-License-Identifier: MIT
#include <webpubsub/hub/hub.hpp>

#include "hub/hub_model_run.hpp"
#include "simulation/seeds.hpp"
#include "support/catch.hpp"

#include <cstdint>

#ifndef WEBPUBSUB_HUB_MODEL_RUNS
#define WEBPUBSUB_HUB_MODEL_RUNS 100
#endif

namespace {

using namespace webpubsub;
using namespace hub_models;

constexpr std::uint64_t default_runs = WEBPUBSUB_HUB_MODEL_RUNS;

} // namespace

TEST_CASE("a hub agrees with a simple model of it through any order of operations") {
    const auto seeds = tests::chosen_seeds(default_runs);
    const auto happened = run_beside_model<hub>(seeds);
    WARN(report(seeds, happened));
    check_variety(seeds, happened);
}
