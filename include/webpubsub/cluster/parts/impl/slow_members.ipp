// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/parts/slow_members.hpp>

#include <algorithm>
#include <iterator>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL void slow_members::note(member_turn& during, node_id from, const std::string& group) {
    const bool is_slow = during.node.wait_for_members(during.now, group);
    if (is_slow) {
        const auto [at, is_new] = told_[group].try_emplace(from);
        auto& it = at->second;
        if (is_new || it.room != 0 || during.now.steady - it.last >= repetition) stop(during, from, group, it);
        return;
    }
    const auto nodes_told = told_.find(group);
    if (nodes_told == told_.end()) return;
    const auto at = nodes_told->second.find(from);
    if (at == nodes_told->second.end()) return;
    auto& it = at->second;
    if (it.left != 0) --it.left;
    if (it.left > it.room / 2 || it.room == 0) return;
    it.last = during.now.steady;
    during.publish_to(from, bus_messages::congestion{group, true, it.room - it.left});
    it.left = it.room;
}

WEBPUBSUB_DECL void slow_members::handle(member_turn& during, const hub_reports::group_relieved& what) {
    const auto found = told_.find(what.group);
    // It may have become congested again since.
    if (found == told_.end() || during.node.wait_for_members(during.now, what.group)) return;
    const auto share = during.node.room_in_queues() / count();
    const auto room = std::clamp(std::uint64_t{share}, std::uint64_t{1}, most_room);
    for (auto& [node, it] : found->second) {
        it = {during.now.steady, room, room};
        during.publish_to(node, bus_messages::congestion{what.group, true, room});
    }
}

WEBPUBSUB_DECL void slow_members::beat(member_turn& during) {
    for (auto group = told_.begin(); group != told_.end();) {
        const auto& name = group->first;
        const bool is_slow = during.node.wait_for_members(during.now, name);
        for (auto at = group->second.begin(); at != group->second.end();) {
            const auto each = at++;
            if (during.now.steady - each->second.last < during.options.silence / 3) continue;
            if (is_slow) {
                stop(during, each->first, name, each->second);
            } else {
                during.publish_to(each->first, bus_messages::congestion{name, false});
                group->second.erase(each);
            }
        }
        group = group->second.empty() ? told_.erase(group) : std::next(group);
    }
}

WEBPUBSUB_DECL void slow_members::forget(node_id node) {
    for (auto group = told_.begin(); group != told_.end();) {
        group->second.erase(node);
        group = group->second.empty() ? told_.erase(group) : std::next(group);
    }
}

WEBPUBSUB_DECL void slow_members::stop(member_turn& during, node_id node, const std::string& group, told& it) {
    it = {during.now.steady, 0, 0};
    during.publish_to(node, bus_messages::congestion{group, true});
}

WEBPUBSUB_DECL std::size_t slow_members::count() const noexcept {
    std::size_t sum = 0;
    for (const auto& [group, nodes_told] : told_) sum += nodes_told.size();
    return sum;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
