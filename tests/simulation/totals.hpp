// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace webpubsub::tests {

/// What happened in a run, so that a test can know that its faults really occurred.
struct simulation_totals {
    std::uint64_t messages = 0;
    std::uint64_t requests = 0;
    std::uint64_t cuts = 0;
    std::uint64_t half_open = 0;
    std::uint64_t recoveries = 0;
    std::uint64_t refused_recoveries = 0;
    std::uint64_t connections = 0;
    std::uint64_t duplicate_acks = 0;
    std::uint64_t duplicates_dropped = 0;
    std::uint64_t unknown_outcomes = 0;
    std::uint64_t resent = 0;
    std::uint64_t forbidden = 0;

    simulation_totals& operator+=(const simulation_totals& other) {
        messages += other.messages;
        requests += other.requests;
        cuts += other.cuts;
        half_open += other.half_open;
        recoveries += other.recoveries;
        refused_recoveries += other.refused_recoveries;
        connections += other.connections;
        duplicate_acks += other.duplicate_acks;
        duplicates_dropped += other.duplicates_dropped;
        unknown_outcomes += other.unknown_outcomes;
        resent += other.resent;
        forbidden += other.forbidden;
        return *this;
    }
};

} // namespace webpubsub::tests
