// SPDX-License-Identifier: MIT
#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/testing/impl/world.ipp>
#include <webpubsub/testing/impl/world_time.ipp>

#include "cluster/hub_of_nodes.hpp"
#include "simulation/seeds.hpp"
#include "simulation/simulation.hpp"
#include "simulation/totals.hpp"

#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>

using namespace webpubsub;
using namespace webpubsub::tests;
using cluster_tests::hub_of_nodes;

namespace {

/// Over several numbers of nodes, each with a part of the runs.
void simulate_nodes(mix what, bus_order_rule order) {
    auto seeds = chosen_seeds(default_simulation_runs);
    seeds.count = (seeds.count + 19) / 20;
    for (const std::size_t nodes : {2, 5}) {
        INFO(nodes << " nodes");
        simulation_totals all;
        const cluster_tests::cluster_shape shape{nodes, order};
        for (const auto& each : simulate<hub_of_nodes>(what, seeds, shape)) all += each;
        WARN(seeds.count << " runs over " << nodes << " nodes: " << all.text());
        if (seeds.count < 100) continue;
        // Faults that never happen prove nothing.
        CHECK(all.cuts >= 5 * seeds.count);
        CHECK(all.recoveries > seeds.count);
        CHECK(all.refused_recoveries > seeds.count / 10);
        CHECK(all.streams > seeds.count);
        CHECK(all.lost > seeds.count / 10);
        CHECK(all.answered > seeds.count);
        CHECK(all.states_set > seeds.count);
        CHECK(all.subscriptions > seeds.count);
    }
}

} // namespace

TEST_CASE("the promises of one hub hold over several nodes as well") {
    simulate_nodes(mix::messages, bus_order_rule::by_sender);
    simulate_nodes(mix::messages, bus_order_rule::by_bus);
}

TEST_CASE("streams, invocations and group states keep their promises over several nodes") {
    simulate_nodes(mix::streams, bus_order_rule::by_sender);
    simulate_nodes(mix::streams, bus_order_rule::by_bus);
}
