// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/cluster_counters.hpp>
#include <webpubsub/cluster/cluster_event.hpp>
#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/bus_line.hpp>
#include <webpubsub/cluster/parts/interest.hpp>
#include <webpubsub/cluster/parts/node_table.hpp>
#include <webpubsub/cluster/parts/outgoing.hpp>
#include <webpubsub/hub/hub.hpp>
#include <webpubsub/hub/hub_node.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/time.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// What the parts of a member are given with each call.
struct member_turn {
    instant now;
    hub& local;
    /// The same hub, as a node.
    hub_node node;
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
    bool publish_to(node_id other, const bus_message& message) { return publish(channel_of(other), message); }

    /// Whether what is published on the channel comes back before anybody of this node gets it, and an echo behind it.
    bool comes_back(const bus_channel& channel) const {
        return options.order == bus_order_rule::by_bus && channels.is_confirmed(channel) &&
               channels.is_confirmed(channel_of(self));
    }

    template <class Event>
    void raise(Event&& event) {
        events.push(new cluster_event(std::forward<Event>(event)));
    }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
