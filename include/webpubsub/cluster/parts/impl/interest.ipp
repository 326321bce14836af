// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/interest.hpp>

#include <algorithm>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL void interest::want(const bus_channel& channel) {
    const auto at = entry_of(channel);
    at->second.is_wanted = true;
    lingering_.cancel(at->second.id);
    settle(at);
}

WEBPUBSUB_DECL void interest::keep(const bus_channel& channel, steady_time until) {
    const auto at = entry_of(channel);
    auto& it = at->second;
    it.keep_until = std::max(it.keep_until, until);
    if (!it.is_wanted) lingering_.set(it.id, it.keep_until);
    settle(at);
}

WEBPUBSUB_DECL interest::entry_map::iterator interest::entry_of(const bus_channel& channel) {
    const auto [at, is_new] = entries_.try_emplace(channel);
    if (is_new) {
        at->second.id = ++last_id_;
        channels_.emplace(last_id_, channel);
    }
    return at;
}

WEBPUBSUB_DECL void interest::release(steady_time now, const bus_channel& channel) {
    const auto at = entries_.find(channel);
    if (at == entries_.end() || !at->second.is_wanted) return;
    auto& it = at->second;
    it.is_wanted = false;
    // Without the bus there is nothing to linger for, but somebody may come yet.
    if (it.is_ordered) it.keep_until = std::max(it.keep_until, add_saturating(now, linger_));
    if (it.keep_until > now) lingering_.set(it.id, it.keep_until);
    settle(at);
}

WEBPUBSUB_DECL bool interest::is_confirmed(const bus_channel& channel) const {
    const auto at = entries_.find(channel);
    return at != entries_.end() && at->second.is_ordered && at->second.unconfirmed == 0;
}

WEBPUBSUB_DECL bool interest::is_ordered(const bus_channel& channel) const {
    const auto at = entries_.find(channel);
    return at != entries_.end() && at->second.is_ordered;
}

WEBPUBSUB_DECL bool interest::handle_subscribed(const bus_channel& channel) {
    const auto at = entries_.find(channel);
    if (at == entries_.end() || at->second.unconfirmed == 0) return false;
    const bool is_last = --at->second.unconfirmed == 0 && at->second.is_ordered;
    settle(at);
    return is_last;
}

WEBPUBSUB_DECL void interest::handle_lost() {
    is_connected_ = false;
    for (auto at = entries_.begin(); at != entries_.end();) {
        at->second.is_ordered = false;
        at->second.unconfirmed = 0;
        settle(at++);
    }
}

WEBPUBSUB_DECL void interest::handle_connected() {
    handle_lost();
    is_connected_ = true;
}

WEBPUBSUB_DECL void interest::handle_timeout(steady_time now) {
    while (const auto id = lingering_.pop_due(now)) settle(entries_.find(channels_.at(*id)));
}

WEBPUBSUB_DECL std::optional<subscription_order> interest::poll_order() {
    if (!is_connected_ || due_.empty()) return std::nullopt;
    const auto at = entries_.find(channels_.at(*due_.begin()));
    auto& of = at->second;
    of.is_ordered = !of.is_ordered;
    if (of.is_ordered) ++of.unconfirmed;
    subscription_order order{at->first, of.is_ordered};
    settle(at);
    return order;
}

/// Notes whether there is an order for the channel, and forgets it when nothing is left of it.
WEBPUBSUB_DECL void interest::settle(entry_map::iterator at) {
    const auto& of = at->second;
    if (is_needed(of) != of.is_ordered) {
        due_.insert(of.id);
    } else {
        due_.erase(of.id);
        if (of.is_ordered || of.unconfirmed != 0) return;
        channels_.erase(of.id);
        entries_.erase(at);
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
