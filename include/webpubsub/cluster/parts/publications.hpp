// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/cluster/cluster_send_options.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/foreign_streams.hpp>
#include <webpubsub/cluster/parts/member_turn.hpp>
#include <webpubsub/hub/reports.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/result.hpp>

#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// Messages for clients, out to the bus and in from it.
class publications {
public:
    explicit publications(const cluster_options& options) noexcept : streams_(options.max_foreign_streams) {}

    /// A client of this node has published it; the hub has given it to its own connections, unless it defers that.
    void publish(member_turn& during, hub_reports::published&& what);
    /// The application sends it to a channel, or to a connection. Everything is checked first.
    result<void> send(member_turn& during, const bus_channel& channel, payload_view data,
                      const cluster_send_options& how);
    result<void> send_to_connection(member_turn& during, std::string_view connection_id, payload_view data,
                                    const cluster_send_options& how) const;

    /// It came on that channel from a node, perhaps from this one.
    void handle(member_turn& during, const bus_channel& channel, node_id from, bus_messages::publication&& what);
    /// The streams of the node's clients end.
    void handle_lost(member_turn& during, node_id node);
    void forget(std::string_view group) { streams_.forget(group); }
    void clear() noexcept { streams_.clear(); }

private:
    void publish(member_turn& during, const bus_channel& channel, bus_messages::publication&& what);

    foreign_streams streams_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/publications.ipp>
#endif
