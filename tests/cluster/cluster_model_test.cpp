// SPDX-License-Identifier: MIT
#include <webpubsub/cluster/cluster_options.hpp>

#include "cluster/hub_of_nodes.hpp"
#include "hub/hub_model_run.hpp"
#include "simulation/seeds.hpp"
#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>

#ifndef WEBPUBSUB_HUB_MODEL_RUNS
#define WEBPUBSUB_HUB_MODEL_RUNS 10
#endif

using namespace webpubsub;
using cluster_tests::hub_of_nodes;

namespace {

constexpr std::uint64_t default_runs = WEBPUBSUB_HUB_MODEL_RUNS;

/// Over several numbers of nodes.
void run_over_nodes(bus_order_rule order) {
    const auto seeds = tests::chosen_seeds(default_runs);
    for (const std::size_t nodes : {1, 2, 5}) {
        INFO("nodes: " << nodes);
        const auto happened =
            hub_models::run_beside_model<hub_of_nodes>(seeds, cluster_tests::cluster_shape{nodes, order});
        WARN("nodes: " << nodes << ", " << hub_models::report(seeds, happened));
        hub_models::check_variety(seeds, happened);
    }
}

} // namespace

TEST_CASE("several nodes agree with the simple model of one hub through any order of operations") {
    run_over_nodes(bus_order_rule::by_sender);
}

TEST_CASE("several nodes that deliver in the order of the bus agree with the simple model of one hub") {
    run_over_nodes(bus_order_rule::by_bus);
}
