// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/member_turn.hpp>
#include <webpubsub/hub/reports.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// Clients that recover their connections by another node than the connections': one node has the transport, whose
/// client is a guest of its hub, and the other the connection, for whose hub the relay is a transport as any. Where
/// something of a relay may be missing it is cut, as a transport is whose network fails, and the client recovers again.
class relays {
public:
    // What guests of this hub do.

    void handle(member_turn& during, hub_reports::guest_arrived&& what);
    void handle(member_turn& during, hub_reports::guest_frame&& what);
    void handle(member_turn& during, const hub_reports::guest_written& what);
    void handle(member_turn& during, const hub_reports::guest_bad_frame& what);
    void handle(member_turn& during, const hub_reports::guest_left& what);

    /// Passes on what this hub has for clients that are guests of others. The result is false if there was nothing.
    bool pass_on(member_turn& during);

    // What comes from other nodes.

    void handle(member_turn& during, node_id from, bus_messages::relay_open&& what);
    void handle(member_turn& during, node_id from, const bus_messages::relay_frame& what);
    void handle(member_turn& during, node_id from, const bus_messages::relay_signal& what);

    // What is known of nodes and of the bus.

    /// All relays with the node are cut: it is lost, or something that it has told this one alone is missing.
    void cut(member_turn& during, node_id node);
    /// The node has another connection to the broker, and has heard nothing by it yet.
    void handle_new_line(member_turn& during, node_id node);
    /// All relays are cut: the bus is lost, or this node is another one from now on.
    void cut_all(member_turn& during);
    /// A guest without a relay is to come again.
    static void turn_away(member_turn& during, transport_id guest);
    /// Tells all nodes with which there are relays that this one lives, and those with which there were some when the
    /// bus was lost that there are none.
    void beat(member_turn& during);
    void handle_timeout(member_turn& during);
    std::optional<steady_time> poll_timeout() const { return unanswered_.next(); }

    /// How many relays there are.
    std::size_t size() const noexcept { return guests_.size() + served_.size(); }

private:
    struct guest {
        transport_id transport{};
        /// The node that has the connection.
        node_id owner;
    };
    /// The node that has the transport, and its number of the relay.
    using served_key = std::pair<node_id, std::uint64_t>;
    using guest_map = std::map<std::uint64_t, guest>;
    using served_map = std::map<served_key, transport_id>;

    bool has_any_with(node_id node) const;
    guest_map::iterator find(transport_id of_guest);
    void tell(member_turn& during, node_id other, std::uint64_t relay, bus_messages::relay_signal_kind kind,
              std::uint32_t number = 0, std::string_view reason = {});
    /// Tells the node that has the transport, if it is one of a relay.
    void tell_host(member_turn& during, transport_id of_served, bus_messages::relay_signal_kind kind,
                   std::uint32_t number = 0, std::string_view reason = {});
    void forget_served(transport_id transport);
    void handle_transport(member_turn& during, served_map::iterator which, const bus_messages::relay_signal& what);
    void handle_order(member_turn& during, guest_map::iterator which, const bus_messages::relay_signal& what);
    void follow(member_turn& during, const hub_order& order);
    void write(member_turn& during, transport_id served);
    void forget(guest_map::iterator which);
    void lose(member_turn& during, guest_map::iterator which);
    void lose(member_turn& during, served_map::iterator which);

    std::uint64_t last_ = 0;
    /// The guests of this hub by the numbers of their relays, and these by the guests' transports.
    guest_map guests_;
    std::map<transport_id, std::uint64_t> by_guest_;
    /// When the first answer to a guest is due, by the number of its relay.
    detail::timer_table unanswered_;
    /// The transports of this hub that are guests of others.
    served_map served_;
    std::map<transport_id, served_key> by_served_;
    /// Nodes that could not be told of an end.
    std::set<node_id> untold_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/relays.ipp>
#endif
