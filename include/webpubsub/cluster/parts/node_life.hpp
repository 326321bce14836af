// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/node_table.hpp>
#include <webpubsub/cluster/parts/pulse.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// Who lives: the other nodes for this one, and this one for the others.
class node_life {
public:
    explicit node_life(const cluster_options& options);

    /// This node says that it lives; the heartbeat is to be published.
    bus_messages::heartbeat beat(steady_time now, std::size_t connections, std::uint64_t line);
    /// The node can be heard, and hears the others: from now on it says that it lives.
    void begin(steady_time now);
    /// It can't; nobody is found dead meanwhile.
    void pause();
    void resume(steady_time now) { nodes.resume(now); }

    /// Whether this node, by what another one has said, is dead and has to go on as a new node. Where each of two is
    /// dead for the other, the one is that knows fewer living ones, which is the one that was cut off; of two alike,
    /// the one with the larger id.
    bool is_fatal(node_id self, node_id from, const bus_messages::heartbeat& said) const;
    /// Whether the node was made with other options, which is told once.
    bool is_other(node_id from, const bus_messages::heartbeat& said);

    /// Whether a heartbeat of the node was heard.
    bool knows_line_of(node_id node) const { return lines_.contains(node); }
    /// Whether the node has a connection to the broker of which it was not heard before.
    bool has_new_line(node_id from, const bus_messages::heartbeat& said);

    /// Every other node is forgotten, and this one is another from now on.
    void begin_anew(steady_time now, node_id before);
    /// From when on every node that lives is known; without a value that can't be told yet.
    const std::optional<steady_time>& knows_nodes_from() const noexcept { return knows_nodes_from_; }
    void forget(node_id node) {
        differing_.erase(node);
        lines_.erase(node);
    }

    node_table nodes;
    cluster_parts::pulse pulse;

private:
    duration heartbeat_;
    std::uint64_t options_hash_;
    std::optional<steady_time> knows_nodes_from_;
    std::set<node_id> differing_;
    /// The `line` of each node's last heartbeat.
    std::map<node_id, std::uint64_t> lines_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/node_life.ipp>
#endif
