// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/node_table.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL node_table::hearing node_table::hear(steady_time now, node_id node) {
    const auto found = known_.find(node);
    if (found != known_.end() && !found->second) return hearing::dead;
    if (found == known_.end() && count_ >= most_) return hearing::refused;
    living_.set(node.number(), add_saturating(now, silence_));
    if (found != known_.end()) return hearing::known;
    auto outcome = hearing::joined;
    // The ids of one place stand side by side.
    for (auto at = known_.lower_bound(node_id::of_number(std::uint64_t{node.place()} << 32));
         at != known_.end() && at->first.place() == node.place(); ++at) {
        if (at->second) outcome = hearing::joined_at_taken_place;
    }
    known_.emplace(node, true);
    ++count_;
    return outcome;
}

WEBPUBSUB_DECL bool node_table::bury(steady_time now, node_id node) {
    const auto found = known_.find(node);
    const bool lived = found != known_.end() && found->second;
    if (lived) --count_;
    living_.cancel(node.number());
    known_[node] = false;
    dead_.set(node.number(), add_saturating(now, memory_));
    // So many at most, and those that were found dead first are forgotten first.
    while (known_.size() - count_ > most_) known_.erase(node_id::of_number(*dead_.pop_due(steady_time::max())));
    return lived;
}

WEBPUBSUB_DECL std::optional<node_id> node_table::take_lost(steady_time now) {
    while (const auto forgotten = dead_.pop_due(now)) known_.erase(node_id::of_number(*forgotten));
    const auto silent = living_.pop_due(now);
    if (!silent) return std::nullopt;
    const auto node = node_id::of_number(*silent);
    bury(now, node);
    return node;
}

WEBPUBSUB_DECL void node_table::pause() { living_.clear(); }

WEBPUBSUB_DECL void node_table::resume(steady_time now) {
    for (const auto& [node, lives] : known_) {
        if (lives) living_.set(node.number(), add_saturating(now, silence_));
    }
}

WEBPUBSUB_DECL void node_table::clear() noexcept {
    living_.clear();
    dead_.clear();
    known_.clear();
    count_ = 0;
}

WEBPUBSUB_DECL std::vector<node_id> node_table::living() const {
    std::vector<node_id> nodes;
    for (const auto& [node, lives] : known_) {
        if (lives) nodes.push_back(node);
    }
    return nodes;
}

WEBPUBSUB_DECL std::vector<node_id> node_table::dead() const {
    std::vector<node_id> nodes;
    for (const auto& [node, lives] : known_) {
        if (!lives) nodes.push_back(node);
    }
    return nodes;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
