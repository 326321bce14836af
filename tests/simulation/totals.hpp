// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/counters.hpp>

#include "exploration/client_observations.hpp"

#include <cstdint>
#include <string>

namespace webpubsub::tests {

/// What happened in a run, so that a test can know that its faults really occurred.
struct simulation_totals {
    std::uint64_t received = 0;
    std::uint64_t requests = 0;
    std::uint64_t cuts = 0;
    std::uint64_t half_open = 0;
    /// Recoveries that were not answered, before and after the handshake.
    std::uint64_t hung = 0;
    std::uint64_t silent = 0;
    std::uint64_t recoveries = 0;
    std::uint64_t refused_recoveries = 0;
    std::uint64_t connections = 0;
    std::uint64_t duplicate_acks = 0;
    std::uint64_t duplicates_dropped = 0;
    std::uint64_t unknown_outcomes = 0;
    std::uint64_t resent = 0;
    std::uint64_t forbidden = 0;
    std::uint64_t failures = 0;
    std::uint64_t retries = 0;
    std::uint64_t streams = 0;
    std::uint64_t ended = 0;
    std::uint64_t lost = 0;
    std::uint64_t invocations = 0;
    std::uint64_t answered = 0;
    std::uint64_t unanswered = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t states_set = 0;
    std::uint64_t subscriptions = 0;

    void count(const client_counters& counted, const client_observations& saw) {
        using verb = operation::verb;
        recoveries += counted.recoveries;
        connections += counted.connections;
        duplicates_dropped += counted.duplicates_dropped;
        retries += counted.retries;
        for (const auto& e : saw.epochs) received += e.received.size();
        for (const auto& c : saw.calls) {
            requests += c.what.is_request();
            if (c.outcome) {
                duplicate_acks += c.outcome->duplicate;
                resent += c.outcome->may_be_duplicate;
                unknown_outcomes += c.is(request_status::outcome_unknown);
                forbidden += c.is(request_status::failed) && c.what.what == verb::send_forbidden;
                states_set += c.is(request_status::succeeded) && c.what.what == verb::set_state;
                subscriptions += c.is(request_status::succeeded) && c.what.what == verb::subscribe;
            }
            if (c.answer) {
                ++invocations;
                ++(c.answer->status == client_events::invocation_status::succeeded ? answered : unanswered);
                cancelled += c.cancelled;
            }
            if (c.closed) {
                ++streams;
                ended += c.closed->status == client_events::stream_status::ended;
                lost += c.closed->status == client_events::stream_status::lost;
            }
        }
    }

    simulation_totals& operator+=(const simulation_totals& other) {
        for_each([&](const char*, auto member) { this->*member += other.*member; });
        return *this;
    }

    std::string text() const {
        std::string out;
        for_each([&](const char* name, auto member) {
            if (this->*member != 0) out += (out.empty() ? "" : ", ") + std::to_string(this->*member) + " " + name;
        });
        return out;
    }

private:
    template <class Visit>
    static void for_each(Visit&& visit) {
        using t = simulation_totals;
        visit("received", &t::received);
        visit("requests", &t::requests);
        visit("cuts", &t::cuts);
        visit("half-open cuts", &t::half_open);
        visit("hung attempts", &t::hung);
        visit("silent recoveries", &t::silent);
        visit("recoveries", &t::recoveries);
        visit("refused recoveries", &t::refused_recoveries);
        visit("connections", &t::connections);
        visit("lost acks", &t::duplicate_acks);
        visit("repeated messages", &t::duplicates_dropped);
        visit("unknown outcomes", &t::unknown_outcomes);
        visit("resent", &t::resent);
        visit("forbidden", &t::forbidden);
        visit("failures that pass", &t::failures);
        visit("retries", &t::retries);
        visit("streams", &t::streams);
        visit("ended well", &t::ended);
        visit("lost", &t::lost);
        visit("invocations", &t::invocations);
        visit("answered", &t::answered);
        visit("not answered", &t::unanswered);
        visit("cancelled", &t::cancelled);
        visit("states set", &t::states_set);
        visit("subscriptions", &t::subscriptions);
    }
};

} // namespace webpubsub::tests
