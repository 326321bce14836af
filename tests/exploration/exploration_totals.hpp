// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/small_world.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace webpubsub::tests {

/// How many distinct states there were, and in how many of the settled ones something had happened.
struct exploration_totals {
    std::uint64_t states = 0;
    std::uint64_t steps = 0;
    /// Steps from known states that were not taken.
    std::uint64_t frontier = 0;
    std::uint64_t settled = 0;
    /// Of all settled states together, in any order.
    std::uint64_t settled_print = 0;
    std::size_t longest = 0;
    std::uint64_t recovered = 0;
    std::uint64_t fenced = 0;
    std::uint64_t recovery_refused = 0;
    std::uint64_t replaced = 0;
    std::uint64_t lost_acks = 0;
    std::uint64_t repeated_messages = 0;
    std::uint64_t unknown_outcomes = 0;
    std::uint64_t perhaps_twice = 0;
    std::uint64_t failed = 0;
    std::uint64_t retried = 0;
    std::uint64_t streams_ended = 0;
    std::uint64_t streams_lost = 0;
    std::uint64_t answered = 0;
    std::uint64_t unanswered = 0;

    void count(const small_world& world) {
        ++settled;
        settled_print += world.print();
        const auto& hub_counted = world.the_hub().counters();
        recovered += hub_counted.recoveries > 0;
        recovery_refused += hub_counted.refused_recoveries > 0;
        fenced += world.seen_by_hub().fenced > 0;
        exploration_totals here;
        for (std::size_t i = 0; i < world.client_count(); ++i) {
            const auto counted = world.client_at(i).counters();
            here.replaced += counted.connections > 1;
            here.repeated_messages += counted.duplicates_dropped;
            here.retried += counted.retries;
            for (const auto& c : world.seen_by_client(i).calls) here.count(c);
        }
        replaced += here.replaced > 0;
        repeated_messages += here.repeated_messages > 0;
        retried += here.retried > 0;
        lost_acks += here.lost_acks > 0;
        unknown_outcomes += here.unknown_outcomes > 0;
        perhaps_twice += here.perhaps_twice > 0;
        failed += here.failed > 0;
        streams_ended += here.streams_ended > 0;
        streams_lost += here.streams_lost > 0;
        answered += here.answered > 0;
        unanswered += here.unanswered > 0;
    }

    std::string text() const {
        std::string out = std::to_string(states) + " distinct states, " +
                          (steps != 0 ? std::to_string(steps) + " steps, " : std::string()) + "at most " +
                          std::to_string(longest) + " steps away; of the " + std::to_string(settled) +
                          " settled states";
        const auto add = [&](std::uint64_t n, const char* what) {
            if (n != 0) out += " " + std::to_string(n) + " " + what + ",";
        };
        add(recovered, "after a recovery");
        add(fenced, "after one that the hub did not expect yet");
        add(recovery_refused, "after a refused one");
        add(replaced, "with a new connection");
        add(lost_acks, "with a lost ack");
        add(repeated_messages, "with repeated messages");
        add(unknown_outcomes, "with an unknown outcome");
        add(perhaps_twice, "with one that was resent");
        add(failed, "with a failed request");
        add(retried, "with a retry");
        add(streams_ended, "with a stream that ended well");
        add(streams_lost, "with one that was lost");
        add(answered, "with an answered invocation");
        add(unanswered, "with an unanswered one");
        out.pop_back();
        return out;
    }

private:
    void count(const client_observations::call& c) {
        if (c.outcome) {
            lost_acks += c.outcome->duplicate;
            perhaps_twice += c.outcome->may_be_duplicate;
            unknown_outcomes += c.is(request_status::outcome_unknown);
            failed += c.is(request_status::failed);
        }
        if (c.answer) ++(c.answer->status == client_events::invocation_status::succeeded ? answered : unanswered);
        if (c.closed) ++(c.closed->status == client_events::stream_status::ended ? streams_ended : streams_lost);
    }
};

} // namespace webpubsub::tests
