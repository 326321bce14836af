// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/cluster_event.hpp>
#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/interest.hpp>
#include <webpubsub/cluster/parts/node_table.hpp>
#include <webpubsub/cluster/parts/outgoing.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/time.hpp>

#include <cstdint>
#include <utility>

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
    /// States and streams of others that were not kept, because their limit is reached.
    std::uint64_t over_limit = 0;

    friend bool operator==(const cluster_counters&, const cluster_counters&) = default;
};

namespace cluster_parts {

/// What the parts of a member are given with each call.
struct member_turn {
    instant now;
    hub& local;
    const cluster_options& options;
    node_id self;
    /// Whether every other node that lives is known.
    bool knows_nodes;
    node_table& nodes;
    interest& channels;
    outgoing& out;
    detail::queue<cluster_event>& events;
    cluster_counters& counters;

    /// The result is false if the message can't be published; it is counted.
    bool publish(const bus_channel& channel, const bus_message& message) {
        if (channels.is_connected() && out.publish(self, channel, message)) return true;
        ++counters.unsent;
        return false;
    }
    bool publish_to(node_id node, const bus_message& message) { return publish(channel_of(node), message); }

    template <class Event>
    void raise(Event&& event) {
        events.push(new cluster_event(std::forward<Event>(event)));
    }

    static bus_channel channel_of(node_id node) { return {bus_channel_kind::node, node.to_string()}; }
};

} // namespace cluster_parts
} // namespace webpubsub::inline WEBPUBSUB_MODE
