// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/describe.hpp"
#include "exploration/promises.hpp"
#include "exploration/small_world.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::tests {

/// How many distinct states there were, and in how many of the settled ones something had happened.
struct exploration_totals {
    std::uint64_t states = 0;
    std::uint64_t steps = 0;
    std::uint64_t settled = 0;
    std::size_t longest = 0;
    std::uint64_t recovered = 0;
    std::uint64_t fenced = 0;
    std::uint64_t recovery_refused = 0;
    std::uint64_t replaced = 0;
    std::uint64_t lost_acks = 0;
    std::uint64_t repeated_messages = 0;
    std::uint64_t unknown_outcomes = 0;
    std::uint64_t perhaps_twice = 0;
    std::uint64_t forbidden = 0;
};

/// Visits every state that a scenario can lead to, depth first, and holds the promises against each. A broken one
/// throws with the actions that led there.
class exploration {
public:
    explicit exploration(scenario plan) : plan_(std::move(plan)) {}

    exploration_totals run() {
        counted_bytes bytes;
        const small_world start(plan_, bytes);
        visit(start);
        while (!path_.empty()) {
            auto& here = path_.back();
            if (here.next == here.actions.size()) {
                path_.pop_back();
                continue;
            }
            auto world = here.world;
            const auto& taken = here.actions[here.next++];
            ++totals_.steps;
            try {
                world.take(taken);
                visit(world);
            } catch (const std::exception& broken) {
                throw std::runtime_error(std::string(broken.what()) + "\n" + describe(start, world));
            }
        }
        return totals_;
    }

private:
    struct choice {
        small_world world;
        std::vector<action> actions;
        std::size_t next = 0;
    };

    static constexpr std::size_t longest_path = 500;

    void visit(const small_world& world) {
        if (!visited_.insert(world.print()).second) return;
        ++totals_.states;
        check_always(world);
        bool calm = false;
        auto next = world.actions(calm);
        if (calm && world.is_settled()) {
            check_settled(world);
            count(world);
        } else {
            require(!next.empty(), "nothing waits for ever");
        }
        if (next.empty()) check_rest(world);
        if (next.empty() || totals_.steps % 16 == 0) check_stopped(world);
        require(path_.size() < longest_path, "the world settles");
        totals_.longest = std::max(totals_.longest, path_.size());
        path_.push_back({world, std::move(next), 0});
    }

    void count(const small_world& world) {
        ++totals_.settled;
        const auto& hub_counted = world.the_hub().counters();
        totals_.recovered += hub_counted.recoveries > 0;
        totals_.recovery_refused += hub_counted.refused_recoveries > 0;
        totals_.fenced += world.seen_by_hub().fenced > 0;
        bool replaced = false;
        bool repeated = false;
        bool lost_ack = false;
        bool unknown = false;
        bool twice = false;
        bool forbidden = false;
        for (std::size_t i = 0; i < client_count; ++i) {
            replaced |= world.client_at(i).counters().connections > 1;
            repeated |= world.client_at(i).counters().duplicates_dropped > 0;
            for (const auto& r : world.seen_by_client(i).requests) {
                lost_ack |= r.outcome->duplicate;
                unknown |= r.outcome->status == request_status::outcome_unknown;
                twice |= r.outcome->may_be_duplicate;
                forbidden |= r.outcome->status == request_status::failed;
            }
        }
        totals_.replaced += replaced;
        totals_.repeated_messages += repeated;
        totals_.lost_acks += lost_ack;
        totals_.unknown_outcomes += unknown;
        totals_.perhaps_twice += twice;
        totals_.forbidden += forbidden;
    }

    /// The way to the state at hand, taken once more from the start.
    std::string describe(small_world world, const small_world& end) const {
        std::string text;
        for (const auto& step : path_) {
            const auto& taken = step.actions[step.next - 1];
            text.append("  ").append(webpubsub::tests::describe(world, taken)).append("\n");
            if (&step != &path_.back()) world.take(taken);
        }
        return text + webpubsub::tests::describe(end);
    }

    scenario plan_;
    fingerprint_set visited_;
    std::vector<choice> path_;
    exploration_totals totals_;
};

} // namespace webpubsub::tests
