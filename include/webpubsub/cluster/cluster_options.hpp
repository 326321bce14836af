// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_codec.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// In which order messages reach clients whose senders are on different nodes.
enum class bus_order_rule : std::uint8_t {
    /// The messages of one sender come in its order. Connections of the sender's node get them at once.
    by_sender,
    /// All receivers on all nodes get the messages of one channel in one order, where the broker has one. Connections
    /// of the sender's node get them when they come back from the broker, and so does the sender, behind the ack. What
    /// it asks for next waits for that, unless it publishes again: who leaves a group behind a message to it gets it,
    /// and who joins behind it does not. What the application decides does not wait for what it has sent.
    by_bus,
};

/// What clients that publish to groups are told while the broker can't be reached.
enum class without_bus : std::uint8_t {
    /// The connections of the node get it, and those of other nodes miss it.
    local_only,
    /// `InternalServerError`: nobody gets it, and the client can send it again. Joins fail in the same way.
    fail,
};

/// What a `cluster_member` is made with. All nodes of a hub should have the same. Zero durations are due at once.
struct cluster_options {
    bus_order_rule order = bus_order_rule::by_sender;
    without_bus alone = without_bus::local_only;
    /// How often a node says that it lives.
    duration heartbeat = std::chrono::seconds(3);
    /// After how long without a message a node is dead for the others, and ends its connections when it finds that out.
    duration silence = std::chrono::seconds(10);
    /// How long the ids of dead nodes are remembered, to ignore what still comes of them: at least for `silence`.
    duration memory = std::chrono::minutes(10);
    /// How long other nodes have to answer; without a value there is no limit.
    std::optional<duration> answer = std::chrono::seconds(5);
    /// How long the broker has to confirm a subscription; then the join that waits for it fails.
    duration subscription = std::chrono::seconds(8);
    /// How long a channel is kept that nobody wants any more.
    duration interest_linger = std::chrono::seconds(5);
    /// Whether a client may recover its connection by another node than the connection's. The connection stays where it
    /// is, and what it and its client send each other is relayed over the bus. A client whose frame is too long for the
    /// bus is closed (1009), and one for whom there is such a frame is to come again, until it comes to the right node.
    /// Without relays the recovery by another node is refused (1008).
    bool relays = true;
    /// The number of other nodes.
    std::size_t max_nodes = 1000;
    /// The number of commands and questions that wait for answers.
    std::size_t max_pending = 10'000;
    /// The number of channels whose message numbers are remembered by their sender; see `bus_header::begins_run`.
    std::size_t max_numbered_channels = 100'000;
    /// The number of streams of other nodes' clients whose ends are told if their node is lost: those that were heard
    /// of last.
    std::size_t max_foreign_streams = 100'000;
    /// The number of states of other nodes' clients that are kept for watched groups.
    std::size_t max_foreign_states = 100'000;
    /// The number of groups with congested members on other nodes, counted once for each of those nodes, for which
    /// clients of this node wait. They don't wait for further ones.
    std::size_t max_congested_groups = 10'000;
    bus_limits bus{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
