// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/sending_room.hpp>
#include <webpubsub/rules/names.hpp>

#include <algorithm>
#include <iterator>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// More than any queue has, and little enough to be added.
inline constexpr std::uint64_t largest_room = std::uint64_t{1} << 32;

WEBPUBSUB_DECL void sending_room::handle(member_turn& during, node_id from, const bus_messages::congestion& what) {
    auto at = groups_.find(what.group);
    const bool is_known = at != groups_.end() && at->second.nodes.contains(from);
    if (!what.is_congested && !is_known) return;
    if (!is_known && !is_valid_group_name(what.group)) {
        ++during.counters.malformed;
        return;
    }
    if (!is_known && size_ >= most_) {
        ++during.counters.over_limit;
        return;
    }
    if (at == groups_.end()) at = groups_.try_emplace(what.group).first;
    note_used(during, *at);
    if (what.is_congested) {
        auto& it = at->second.nodes[from];
        it.last = during.now.steady;
        it.room = what.room == 0 ? 0 : std::min(it.room + std::min(what.room, largest_room), largest_room);
        if (!is_known) ++size_;
    } else {
        at->second.nodes.erase(from);
        --size_;
    }
    tell(during, at);
}

WEBPUBSUB_DECL void sending_room::note_used(const member_turn& during, groups::value_type& of) {
    const auto left = during.node.room_in(of.first).value_or(of.second.told);
    const auto used = of.second.told - std::min(left, of.second.told);
    for (auto& [node, it] : of.second.nodes) it.room -= std::min(it.room, used);
    of.second.told = left;
}

/// The result is the next group.
WEBPUBSUB_DECL sending_room::groups::iterator sending_room::tell(member_turn& during, groups::iterator at) {
    auto& [name, it] = *at;
    if (it.nodes.empty()) {
        during.node.set_room(during.now, name, std::nullopt);
        return groups_.erase(at);
    }
    it.told = largest_room;
    for (const auto& [node, each] : it.nodes) it.told = std::min(it.told, each.room);
    during.node.set_room(during.now, name, it.told);
    return std::next(at);
}

template <class Condition>
void sending_room::erase_if(member_turn& during, const Condition& is_over) {
    for (auto at = groups_.begin(); at != groups_.end();) {
        note_used(during, *at);
        const auto gone = std::erase_if(at->second.nodes, is_over);
        size_ -= gone;
        at = gone != 0 ? tell(during, at) : std::next(at);
    }
}

WEBPUBSUB_DECL void sending_room::beat(member_turn& during) {
    erase_if(during, [&](const auto& each) { return during.now.steady - each.second.last >= during.options.silence; });
}

WEBPUBSUB_DECL void sending_room::let_go(member_turn& during, node_id node) {
    erase_if(during, [&](const auto& each) { return each.first == node; });
}

WEBPUBSUB_DECL void sending_room::clear(member_turn& during) {
    erase_if(during, [](const auto&) { return true; });
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
