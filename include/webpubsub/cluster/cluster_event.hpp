// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What has come of a command or a question.
enum class cluster_outcome : std::uint8_t {
    /// The command has reached a connection and every node has done it, or the answer is yes.
    done,
    /// There is no such connection, or the answer is no.
    absent,
    /// A limit of a hub is reached, and the command is done in part.
    limit_reached,
    /// A node has not answered in time, or is lost, or can't be reached, or does not know the command, and what the
    /// others say decides nothing. A command may be done in part.
    unknown,
};

/// A connection in a list.
struct listed_member {
    std::string connection_id;
    /// The user id is empty for an anonymous user.
    std::string user_id;

    friend bool operator==(const listed_member&, const listed_member&) = default;
};

namespace cluster_events {

/// A command is done, or a question answered. There is exactly one of these for each.
struct answered {
    cluster_request_id id{};
    cluster_outcome outcome = cluster_outcome::unknown;
    /// The number of connections that a command has reached.
    std::uint64_t count = 0;
    /// The members that were asked for, by connection id; where a node has not answered, its members are missing.
    std::vector<listed_member> members{};
};

struct node_joined {
    node_id node{};
    /// Another node that lives has the same place, which is an error of the hosts' configuration, unless the other has
    /// crashed and is not found dead yet.
    bool is_place_taken = false;
};

/// A node has ended, or was silent for too long. Nobody tells the application of its connections, which have ended.
struct node_lost {
    node_id node{};
    /// Whether the node has said so itself.
    bool has_said_bye = false;
};

/// Messages of a node on a channel are lost, before one that has just come.
struct gap {
    node_id node{};
    bus_channel channel;
    /// How many there are at most: where the first of a run is lost too (`bus_header::begins_run`), what the node has
    /// sent on other channels meanwhile is counted with them.
    std::uint64_t count = 0;
};

/// This node was dead for the others: its connections were closed (1001), and it goes on as a new node that knows of no
/// other yet.
struct fenced {
    node_id before{};
    node_id now{};
};

/// A node was made with other options than this one. Told once for each node.
struct options_differ {
    node_id node{};
};

} // namespace cluster_events

using cluster_event = variant<cluster_events::answered, cluster_events::node_joined, cluster_events::node_lost,
                              cluster_events::gap, cluster_events::fenced, cluster_events::options_differ>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
