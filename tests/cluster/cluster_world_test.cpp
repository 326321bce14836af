// SPDX-License-Identifier: MIT

// Random runs of a few nodes with clients, an application and a bus that may be a bad one, held against what the test
// itself knows of them.

#include "cluster/world/promises.hpp"
#include "cluster/world/random_steps.hpp"

#include "simulation/seeds.hpp"
#include "support/sanitized.hpp"

using namespace cluster_tests;
using world::random_steps;
using world::world_options;
using world::world_totals;

namespace {

world_options options_of(std::uint64_t seed, bool has_faults) {
    test::seeded_chance chance(seed);
    world_options made;
    made.nodes = 2 + chance.below(3);
    made.has_faults = has_faults;
    if (chance.below(2) == 0) made.cluster.order = bus_order_rule::by_bus;
    if (chance.below(2) == 0) made.cluster.alone = without_bus::fail;
    made.has_small_limits = has_faults && chance.below(5) == 0;
    if (made.has_small_limits) {
        made.cluster.max_pending = 2;
        made.cluster.max_numbered_channels = 2;
        made.cluster.max_foreign_streams = 1;
        made.cluster.max_foreign_states = 1;
        made.hub.groups.max_groups = 2;
        made.hub.groups.max_per_connection = 2;
    }
    return made;
}

void check_all(world::world& w) {
    check_nodes(w);
    check_interest(w);
    check_waits(w);
    check_streams(w);
    if (!w.options.has_faults && w.options.cluster.order == bus_order_rule::by_bus) check_one_order(w);
}

world_totals run(std::uint64_t seed, bool has_faults) {
    world::world w(options_of(seed, has_faults));
    random_steps steps(w, seed);
    for (int i = 0; i < 150; ++i) steps.step();
    steps.heal();
    w.rest(90s);
    check_all(w);
    steps.send_everywhere();
    w.settle();
    check_all(w);
    // What is lost behind a sender's last message shows with the next one.
    check_states(w);
    for (std::size_t who = 0; who < w.all.people.size(); ++who) {
        if (w.all.people[who].is == world::person::phase::open) steps.end(who);
    }
    w.settle();
    w.rest(90s);
    check_all(w);
    check_states(w);
    return w.totals;
}

world_totals run_all(const webpubsub::tests::seed_range& seeds, bool has_faults) {
    world_totals all;
    webpubsub::tests::run_seeds(seeds, [&](std::uint64_t seed) { all += run(seed, has_faults); });
    WARN(seeds.count << " runs: " << all.text());
    return all;
}

#ifdef WEBPUBSUB_TEST_SANITIZED
constexpr std::uint64_t default_runs = 50;
#else
constexpr std::uint64_t default_runs = 200;
#endif

} // namespace

// Faults that never happen prove nothing.

TEST_CASE("the promises of a cluster hold in random runs in which nothing is lost") {
    const auto seeds = webpubsub::tests::chosen_seeds(default_runs);
    const auto all = run_all(seeds, false);
    if (seeds.count < 50) return;
    CHECK(all.due > 20 * seeds.count);
    CHECK(all.acks > 10 * seeds.count);
    CHECK(all.answers > 4 * seeds.count);
    CHECK(all.lost_nodes > seeds.count / 2);
    CHECK(all.ends > seeds.count / 10);
    CHECK(all.cancelled > seeds.count / 10);
    CHECK(all.views > seeds.count / 10);
    CHECK(all.gaps == 0);
}

TEST_CASE("the promises of a cluster hold in random runs in which the bus and nodes fail") {
    const auto seeds = webpubsub::tests::chosen_seeds(default_runs);
    const auto all = run_all(seeds, true);
    if (seeds.count < 50) return;
    CHECK(all.due > 10 * seeds.count);
    CHECK(all.gaps > seeds.count / 10);
    CHECK(all.repeated > seeds.count / 20);
    CHECK(all.fenced > seeds.count / 10);
    CHECK(all.lost_nodes > seeds.count);
    CHECK(all.failed_acks > seeds.count);
    CHECK(all.ends > seeds.count / 20);
    CHECK(all.cancelled > seeds.count / 20);
    CHECK(all.views > seeds.count / 10);
    CHECK(all.healed > seeds.count);
}
