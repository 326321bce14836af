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
    auto happened = run_beside_model<hub>(seeds);
    WARN(report(seeds, happened));
    if (seeds.count < 100) return;
    // What never happens proves nothing.
    for (const auto* const what : {"BadRequest",
                                   "Duplicate",
                                   "Forbidden",
                                   "InternalServerError",
                                   "bad frames",
                                   "changes of states that somebody watched",
                                   "closes by the application",
                                   "closes that had to wait too long",
                                   "events that nobody answered",
                                   "connections dropped for failed events",
                                   "late inputs",
                                   "messages in the mode sendToGroup",
                                   "messages that expired",
                                   "messages that were sent again",
                                   "modes sendToGroup that were refused",
                                   "one rule too many",
                                   "recoveries",
                                   "recoveries of a transport that seemed alive",
                                   "recovery windows that were over",
                                   "refused admissions",
                                   "refused recoveries",
                                   "slow consumers",
                                   "too many requests behind an event"}) {
        INFO(what);
        CHECK(happened[what] >= seeds.count);
    }
}
