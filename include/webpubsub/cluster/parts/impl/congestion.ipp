// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/congestion.hpp>
#include <webpubsub/rules/names.hpp>

#include <iterator>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

// Members of this node.

WEBPUBSUB_DECL void congestion::note(member_turn& during, node_id from, const std::string& group) {
    if (!during.node.wait_for_members(during.now, group)) return;
    const auto [told, is_new] = here_[group].try_emplace(from, during.now.steady);
    if (!is_new && during.now.steady - told->second < repetition) return;
    told->second = during.now.steady;
    during.publish_to(from, bus_messages::congestion{group, true});
}

WEBPUBSUB_DECL void congestion::handle(member_turn& during, const hub_reports::group_relieved& what) {
    const auto found = here_.find(what.group);
    // It may have become congested again since.
    if (found == here_.end() || during.node.wait_for_members(during.now, what.group)) return;
    for (const auto& told : found->second) during.publish_to(told.first, bus_messages::congestion{what.group, false});
    here_.erase(found);
}

// Members of other nodes.

WEBPUBSUB_DECL void congestion::handle(member_turn& during, node_id from, const bus_messages::congestion& what) {
    const auto found = elsewhere_.find({what.group, from});
    if (!what.is_congested) {
        if (found != elsewhere_.end()) erase(during, found);
    } else if (!is_valid_group_name(what.group)) {
        ++during.counters.malformed;
    } else if (found == elsewhere_.end() && elsewhere_.size() >= most_) {
        ++during.counters.over_limit;
    } else {
        elsewhere_.insert_or_assign({what.group, from}, during.now.steady);
        during.node.set_congested(during.now, what.group, true);
    }
}

WEBPUBSUB_DECL congestion::table::iterator congestion::erase(member_turn& during, table::iterator which) {
    const auto next = std::next(which);
    const auto gone = elsewhere_.extract(which);
    const auto& group = gone.key().first;
    const auto other = elsewhere_.lower_bound({group, node_id()});
    const bool is_last = other == elsewhere_.end() || other->first.first != group;
    if (is_last) during.node.set_congested(during.now, group, false);
    return next;
}

WEBPUBSUB_DECL void congestion::beat(member_turn& during) {
    for (auto at = elsewhere_.begin(); at != elsewhere_.end();) {
        at = during.now.steady - at->second >= during.options.silence ? erase(during, at) : std::next(at);
    }
    for (auto& [group, told] : here_) {
        for (auto& [node, last] : told) {
            if (during.now.steady - last < during.options.silence / 3) continue;
            last = during.now.steady;
            during.publish_to(node, bus_messages::congestion{group, true});
        }
    }
}

WEBPUBSUB_DECL void congestion::let_go(member_turn& during, node_id node) {
    for (auto at = elsewhere_.begin(); at != elsewhere_.end();) {
        at = at->first.second == node ? erase(during, at) : std::next(at);
    }
}

WEBPUBSUB_DECL void congestion::handle_lost(member_turn& during, node_id node) {
    let_go(during, node);
    for (auto& [group, told] : here_) told.erase(node);
}

WEBPUBSUB_DECL void congestion::clear(member_turn& during) {
    here_.clear();
    while (!elsewhere_.empty()) erase(during, elsewhere_.begin());
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
