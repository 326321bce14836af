// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/member_turn.hpp>
#include <webpubsub/hub/reports.hpp>
#include <webpubsub/time.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// Back-pressure between nodes: a client waits before it sends to a group that has a congested member on another node,
/// as it waits for those of its own. A node with such a member tells each node from which something comes for the group,
/// and tells it again when the group is relieved. Messages that are on their way meanwhile are not held back.
class congestion {
public:
    /// After how long a node is told once more that goes on sending, since it may have missed it.
    static constexpr duration repetition = std::chrono::milliseconds(100);

    explicit congestion(const cluster_options& options) noexcept : most_(options.max_congested_groups) {}

    /// Something has come from the node for the group, and is with the members of this node.
    void note(member_turn& during, node_id from, const std::string& group);
    void handle(member_turn& during, const hub_reports::group_relieved& what);
    void handle(member_turn& during, node_id from, const bus_messages::congestion& what);

    /// Nobody waits any more for what was said a `cluster_options::silence` ago: that it is over may have been lost. So
    /// whoever was told is told again in time, for of a node whose clients wait nothing comes.
    void beat(member_turn& during);
    /// Nobody waits any more for members of the node: what it has said since may be lost.
    void let_go(member_turn& during, node_id node);
    /// The same, and the node is told nothing more.
    void handle_lost(member_turn& during, node_id node);
    /// Nobody waits any more for members of other nodes, and they are told nothing more.
    void clear(member_turn& during);

    /// How many pairs there are of a group and another node with a congested member of it.
    std::size_t size() const noexcept { return elsewhere_.size(); }

private:
    /// When the node has said last that the group has a congested member.
    using table = std::map<std::pair<std::string, node_id>, steady_time>;

    table::iterator erase(member_turn& during, table::iterator which);

    std::size_t most_;
    table elsewhere_;
    /// Groups with congested members here, and when each node that sends to them was told last.
    std::map<std::string, std::map<node_id, steady_time>> here_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/congestion.ipp>
#endif
