// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/cluster/bus_codec.hpp>
#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/bus_order.hpp>
#include <webpubsub/cluster/cluster_counters.hpp>
#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/interest.hpp>
#include <webpubsub/cluster/parts/outgoing.hpp>
#include <webpubsub/cluster/parts/received_numbers.hpp>
#include <webpubsub/support/queue.hpp>

#include <optional>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// A node's line to the bus: which channels it hears, what goes out, and of what comes in whether it is to be read.
/// Whatever is not is counted.
class bus_line {
public:
    explicit bus_line(const cluster_options& options)
        : channels(options.interest_linger),
          out(options.max_numbered_channels, options.bus.max_bytes),
          limits_(options.bus),
          own_come_back_(options.order == bus_order_rule::by_bus) {}

    /// There is a new connection to the broker.
    void connect();
    void lose();
    /// The broker has the subscription. The result is whether the channel is confirmed now.
    bool handle_subscribed(const bus_channel& channel);
    /// Whether there has been a connection once.
    bool has_started() const noexcept { return connections_ != 0; }
    /// How many connections there have been.
    std::uint64_t connections() const noexcept { return connections_; }

    /// What has come on a channel, without a value if it is not to be read: it is for no channel of this node, not of
    /// this version, or an own message that nobody waits for.
    std::optional<bus_envelope> open(node_id self, const bus_channel& channel, std::string_view bytes);
    /// What is missing before this message of the sender; without a value it has come before.
    std::optional<received_numbers::verdict> note(const bus_channel& channel, const bus_header& header);
    bool read(std::string_view body, bus_message& into);

    polled<bus_order> poll();
    /// Nothing that has come from the node counts any more.
    void forget(node_id node) { received_.forget(node); }
    /// This node is another one from now on.
    void begin_anew(steady_time now, node_id before, node_id self);

    interest channels;
    outgoing out;
    cluster_counters counters;

private:
    void count(const error& why) noexcept;

    received_numbers received_;
    bus_limits limits_;
    bool own_come_back_;
    std::uint64_t connections_ = 0;
};

/// The channel of one node.
WEBPUBSUB_DECL bus_channel channel_of(node_id node);
/// The channel of all nodes.
inline bus_channel channel_of_all() { return {bus_channel_kind::all, {}}; }

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/bus_line.ipp>
#endif
