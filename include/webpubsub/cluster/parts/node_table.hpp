// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// The other nodes, as far as they were heard of: those that live, and for a while those that are dead, so that what
/// still comes of them is told. An id that was found dead is never alive again. Operations are logarithmic in the
/// number of nodes.
class node_table {
public:
    enum class hearing : std::uint8_t {
        /// It was known.
        known,
        /// It is new.
        joined,
        /// It is new, and a node that lives has the same place.
        joined_at_taken_place,
        /// It is dead: what it says counts for nothing.
        dead,
        /// There are too many nodes for another one.
        refused,
    };

    /// `silence` is after how long without a message a node is dead, `memory` how long the dead are remembered, and
    /// `most` how many of each there may be.
    node_table(duration silence, duration memory, std::size_t most) noexcept
        : silence_(silence), memory_(memory), most_(most) {}

    /// A message of the node has come.
    hearing hear(steady_time now, node_id node);
    /// It has said that it ends, or was found dead by itself. False if it did not live.
    bool bury(steady_time now, node_id node);
    /// A node that has been silent for too long: it is dead from now on.
    std::optional<node_id> take_lost(steady_time now);
    /// Nobody can be heard: no node becomes silent until `resume`, after which each has all its time again.
    void pause();
    void resume(steady_time now);
    /// Forgets everything.
    void clear() noexcept;

    bool is_alive(node_id node) const {
        const auto found = known_.find(node);
        return found != known_.end() && found->second;
    }
    std::size_t count() const noexcept { return count_; }
    /// In order.
    std::vector<node_id> living() const;
    std::vector<node_id> dead() const;

    std::optional<steady_time> poll_timeout() const { return earlier(living_.next(), dead_.next()); }

private:
    duration silence_;
    duration memory_;
    std::size_t most_;
    /// When each node that lives is dead, by its number.
    detail::timer_table living_;
    /// When each dead node is forgotten.
    detail::timer_table dead_;
    /// Whether each node that is known lives.
    std::map<node_id, bool> known_;
    std::size_t count_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/node_table.ipp>
#endif
