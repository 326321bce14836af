// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/parts/member_turn.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// Requests that wait until what their clients have published before has come back (`bus_order_rule::by_bus`). For each
/// the node publishes an echo to itself: an order of all messages of one node is taken for granted, so when the echo is
/// back, everything before it is.
class echoes {
public:
    /// The request is released at once if nothing can come back.
    void await(member_turn& during, held_request_id id);
    /// An echo of this node. Those before it that have not come are lost.
    void handle(member_turn& during, const bus_messages::echo& what);
    /// Nothing comes back any more.
    void handle_bus_lost(member_turn& during);
    /// Who has waited for as long as for a subscription goes on: the echo may be lost.
    void handle_timeout(member_turn& during);
    std::optional<steady_time> poll_timeout() const;
    /// Forgets everything, and nobody is released.
    void clear() noexcept { waiting_.clear(); }
    /// How many requests wait.
    std::size_t size() const noexcept { return waiting_.size(); }

private:
    struct entry {
        /// The number of its echo.
        std::uint64_t number = 0;
        held_request_id id{};
        steady_time until{};
    };

    void release_first(member_turn& during);

    std::uint64_t last_ = 0;
    /// In the order of their numbers.
    std::deque<entry> waiting_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/echoes.ipp>
#endif
