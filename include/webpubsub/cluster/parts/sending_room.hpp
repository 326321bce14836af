// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/member_turn.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// Back-pressure from other nodes: how many messages clients here may send to groups of which other nodes have
/// congested members, or had. With `bus_order_rule::by_bus` this node is one of them, since its own messages come to it
/// late.
class sending_room {
public:
    explicit sending_room(const cluster_options& options) noexcept : most_(options.max_congested_groups) {}

    void handle(member_turn& during, node_id from, const bus_messages::congestion& what);

    /// Nobody waits any more for what was said a `cluster_options::silence` ago: that it is over may have been lost.
    void beat(member_turn& during);
    /// Nobody waits any more for members of the node: what it has said since may be lost.
    void let_go(member_turn& during, node_id node);
    /// Nobody waits any more for members of any node.
    void clear(member_turn& during);

    /// How many pairs there are of a group and a node with such a member.
    std::size_t size() const noexcept { return size_; }

private:
    struct heard {
        steady_time last{};
        std::uint64_t room = 0;
    };
    struct group {
        std::map<node_id, heard> nodes{};
        /// The room that the hub was told last: the least of those of the nodes.
        std::uint64_t told = 0;
    };
    using groups = std::map<std::string, group>;

    /// Takes what clients have used from what each node has allowed.
    static void note_used(const member_turn& during, groups::value_type& of);
    /// Forgets the nodes for which the condition holds.
    template <class Condition>
    void erase_if(member_turn& during, const Condition& is_over);
    groups::iterator tell(member_turn& during, groups::iterator at);

    std::size_t most_;
    groups groups_;
    std::size_t size_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/sending_room.ipp>
#endif
