// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/bus_waits.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL void bus_waits::add(const bus_waiter& who, const std::vector<bus_channel>& channels, steady_time until) {
    const auto number = ++last_;
    waiting_.emplace(number, entry{who, {channels.begin(), channels.end()}});
    for (const auto& channel : channels) by_channel_.emplace(channel, number);
    deadlines_.set(number, until);
}

WEBPUBSUB_DECL std::vector<bus_waiter> bus_waits::take_ready(const bus_channel& channel) {
    std::vector<bus_waiter> ready;
    auto at = by_channel_.lower_bound({channel, 0});
    while (at != by_channel_.end() && at->first == channel) {
        const auto found = waiting_.find(at->second);
        at = by_channel_.erase(at);
        found->second.channels.erase(channel);
        if (!found->second.channels.empty()) continue;
        ready.push_back(found->second.who);
        deadlines_.cancel(found->first);
        waiting_.erase(found);
    }
    return ready;
}

WEBPUBSUB_DECL std::optional<bus_waiter> bus_waits::take_late(steady_time now) {
    const auto number = deadlines_.pop_due(now);
    if (!number) return std::nullopt;
    const auto late = waiting_.extract(*number).mapped();
    for (const auto& channel : late.channels) by_channel_.erase({channel, *number});
    return late.who;
}

WEBPUBSUB_DECL std::vector<bus_waiter> bus_waits::take_all() {
    std::vector<bus_waiter> all;
    for (const auto& [number, each] : waiting_) all.push_back(each.who);
    waiting_.clear();
    by_channel_.clear();
    deadlines_.clear();
    return all;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
