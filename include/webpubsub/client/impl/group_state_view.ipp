// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/group_state_view.hpp>

#include <string>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_DECL std::vector<group_state_item> group_state_view::update(std::vector<group_state_item> items,
                                                                      const client_group_state_options& options) {
    std::vector<group_state_item> changed;
    for (auto& item : items) take(std::move(item), options, changed);
    return changed;
}

WEBPUBSUB_DECL std::vector<group_state_item> group_state_view::replace(std::vector<group_state_item> items,
                                                                       const client_group_state_options& options) {
    std::vector<group_state_item> changed;
    if (items.size() < options.full_snapshot) drop_others(items, changed);
    for (auto& item : items) take(std::move(item), options, changed);
    return changed;
}

WEBPUBSUB_DECL void group_state_view::clear() noexcept {
    states_.clear();
    marks_.clear();
    bytes_ = 0;
}

WEBPUBSUB_DECL void group_state_view::drop_others(const std::vector<group_state_item>& items,
                                                  std::vector<group_state_item>& changed) {
    map present;
    update_time newest = items.empty() ? update_time::max() : items.front().updated_at;
    for (const auto& item : items) {
        present.insert(states_.extract(item.connection_id));
        if (newest < item.updated_at) newest = item.updated_at;
    }
    for (auto it = states_.begin(); it != states_.end();) {
        const auto other = it++;
        if (other->second.updated_at > newest) continue;
        changed.push_back({other->first, other->second.user_id, {}, other->second.updated_at});
        erase(states_, other);
    }
    while (!present.empty()) states_.insert(present.extract(present.begin()));
}

WEBPUBSUB_DECL void group_state_view::take(group_state_item item, const client_group_state_options& options,
                                           std::vector<group_state_item>& changed) {
    const auto known = states_.find(item.connection_id);
    const bool is_known = known != states_.end();
    if (is_known && item.updated_at <= known->second.updated_at) return;
    if (!outdates_mark(item)) return;
    if (is_known) erase(states_, known);
    if (item.state && make_room(cost_of(item), options)) {
        bytes_ += cost_of(item);
        states_.emplace(item.connection_id, item);
        changed.push_back(std::move(item));
        return;
    }
    if (!item.state || is_known) mark_cleared(item, options);
    if (!is_known) return;
    item.state.reset();
    changed.push_back(std::move(item));
}

/// States are worth more than marks.
WEBPUBSUB_DECL bool group_state_view::make_room(std::size_t cost, const client_group_state_options& options) {
    if (states_.size() >= options.max_states || cost > options.max_bytes) return false;
    while (bytes_ + cost > options.max_bytes && !marks_.empty()) erase_oldest_mark();
    return bytes_ + cost <= options.max_bytes;
}

WEBPUBSUB_DECL std::size_t group_state_view::cost_of(const group_state_item& item) noexcept {
    auto cost = 2 * item.connection_id.size() + item.user_id.size();
    if (!item.state) return cost;
    for (const auto& [key, value] : *item.state) cost += sizeof(string_map_entry) + key.size() + value.size();
    return cost;
}

WEBPUBSUB_DECL void group_state_view::erase(map& from, map::iterator item) {
    bytes_ -= cost_of(item->second);
    from.erase(item);
}

WEBPUBSUB_DECL bool group_state_view::outdates_mark(const group_state_item& item) {
    const auto mark = marks_.find(item.connection_id);
    if (mark == marks_.end()) return true;
    if (item.updated_at <= mark->second.updated_at) return false;
    erase(marks_, mark);
    return true;
}

WEBPUBSUB_DECL void group_state_view::mark_cleared(const group_state_item& item,
                                                   const client_group_state_options& options) {
    const auto mark = marks_.emplace(item.connection_id, group_state_item{item.connection_id, {}, {}, item.updated_at});
    bytes_ += cost_of(mark.first->second);
    while (!marks_.empty() && (marks_.size() > options.max_cleared || bytes_ > options.max_bytes)) erase_oldest_mark();
}

/// Linear in the number of marks, of which there are few.
WEBPUBSUB_DECL void group_state_view::erase_oldest_mark() {
    auto oldest = marks_.begin();
    for (auto it = marks_.begin(); it != marks_.end(); ++it) {
        if (it->second.updated_at < oldest->second.updated_at) oldest = it;
    }
    erase(marks_, oldest);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
