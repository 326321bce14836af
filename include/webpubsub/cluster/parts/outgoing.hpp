// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/bus_order.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/cluster/parts/sent_numbers.hpp>
#include <webpubsub/support/queue.hpp>

#include <cstddef>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// What a node publishes: numbered, written, and in the order in which it was published.
class outgoing {
public:
    /// Of how many channels the numbers are remembered, and the size that a message may have.
    outgoing(std::size_t most_channels, std::size_t max_bytes) noexcept
        : numbers_(most_channels), max_bytes_(max_bytes) {}

    /// The result is false, and nothing is published, if the message is too long. Its number is used up, so that others
    /// find that something is missing. On the channel of a node the number is given back, for a gap there would cut
    /// relays that miss nothing.
    bool publish(node_id from, const bus_channel& channel, const bus_message& message);
    polled<bus_order> poll() { return waiting_.poll(); }

    /// What was published and not polled is dropped: the bus is lost. The result is how much that was.
    std::size_t drop() noexcept {
        const auto dropped = waiting_.size();
        waiting_.clear();
        return dropped;
    }
    /// The node is another one from now on.
    void begin_anew() noexcept;

private:
    sent_numbers numbers_;
    std::size_t max_bytes_;
    detail::queue<bus_order> waiting_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/outgoing.ipp>
#endif
