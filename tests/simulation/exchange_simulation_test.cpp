// SPDX-License-Identifier: MIT
#include "simulation/exchange_simulation.hpp"
#include "simulation/seeds.hpp"

#include "support/catch.hpp"

#include <array>
#include <cstddef>

using namespace webpubsub;
using namespace webpubsub::tests;

TEST_CASE("streams, invocations and group states keep their promises over links that are cut") {
    std::array<exchange_totals, 4> all;
    const auto seeds = chosen_seeds(default_simulation_runs);
    run_seeds(seeds, [&](std::uint64_t seed) {
        exchange_simulation s(seed);
        s.run();
        for (std::size_t i = 0; i < all.size(); ++i) all[i] += s.totals[i];
    });
    const auto forms = all_codecs();
    REQUIRE(forms.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& protocol = forms[i].protocol();
        const auto& sum = all[i];
        WARN(seeds.count << " runs with " << protocol.name << ": " << sum.streams << " streams, " << sum.ended
                         << " ended well, " << sum.lost << " lost, " << sum.fragments << " fragments received, "
                         << sum.invocations << " invocations, " << sum.answered << " answered, " << sum.unknown
                         << " unknown outcomes, " << sum.state_changes << " changes of states, " << sum.recoveries
                         << " recoveries");
        if (seeds.count < 100) continue;
        // Faults that never happen prove nothing.
        CHECK(sum.ended > seeds.count);
        CHECK(sum.lost > seeds.count / 2);
        CHECK(sum.fragments > 10 * seeds.count);
        CHECK(sum.answered > 5 * seeds.count);
        CHECK(sum.unknown > seeds.count / 10);
        CHECK(sum.state_changes > 10 * seeds.count);
        CHECK((protocol.reliable ? sum.recoveries > seeds.count / 2 : sum.recoveries == 0));
    }
}
