// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Counts of what has happened to a `cluster_member` since it was made.
struct cluster_counters {
    /// Messages that came twice, or after a later one of the same sender and channel; they were ignored.
    std::uint64_t repeated = 0;
    /// Messages of others that are missing before one that came: what `cluster_events::gap` says, in all.
    std::uint64_t missing = 0;
    /// Messages of nodes that were found dead, or of more nodes than there may be; they were ignored.
    std::uint64_t from_dead = 0;
    /// Messages on channels that this node does not listen to, or while the bus was lost; they were ignored.
    std::uint64_t late = 0;
    /// Messages of another version of the bus; they were ignored.
    std::uint64_t unsupported_version = 0;
    /// Messages that can't be read, or say what no node would; they were ignored.
    std::uint64_t malformed = 0;
    /// Messages of this node that came back and were ignored without being read.
    std::uint64_t own = 0;
    /// Messages for others that were not published, because the bus was lost or because they are too long for it.
    std::uint64_t unsent = 0;
    /// States, streams and congested groups of others that were not kept, because their limit is reached.
    std::uint64_t over_limit = 0;

    friend bool operator==(const cluster_counters&, const cluster_counters&) = default;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
