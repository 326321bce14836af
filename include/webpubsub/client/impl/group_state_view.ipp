// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/group_state_view.hpp>

#include <string_view>

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
    marks_by_age_.clear();
    bytes_ = 0;
}

WEBPUBSUB_DECL void group_state_view::drop_others(const std::vector<group_state_item>& items,
                                                  std::vector<group_state_item>& changed) {
    std::set<std::string_view> present;
    update_time newest = items.empty() ? update_time::max() : items.front().updated_at;
    for (const auto& item : items) {
        present.insert(item.connection_id);
        if (newest < item.updated_at) newest = item.updated_at;
    }
    for (auto it = states_.begin(); it != states_.end();) {
        const auto here = it++;
        if (present.contains(here->first) || here->second.updated_at > newest) continue;
        changed.push_back({here->first, here->second.user_id, {}, here->second.updated_at});
        erase(here);
    }
}

WEBPUBSUB_DECL void group_state_view::take(group_state_item item, const client_group_state_options& options,
                                           std::vector<group_state_item>& changed) {
    const auto known = states_.find(item.connection_id);
    const bool is_known = known != states_.end();
    if (is_known && item.updated_at <= known->second.updated_at) return;
    if (!outdates_mark(item)) return;
    if (is_known) erase(known);
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

WEBPUBSUB_DECL void group_state_view::erase(map::iterator state) {
    bytes_ -= cost_of(state->second);
    states_.erase(state);
}

WEBPUBSUB_DECL bool group_state_view::outdates_mark(const group_state_item& item) {
    const auto mark = marks_.find(item.connection_id);
    if (mark == marks_.end()) return true;
    if (item.updated_at <= mark->second) return false;
    bytes_ -= 2 * mark->first.size();
    marks_by_age_.erase({mark->second, mark->first});
    marks_.erase(mark);
    return true;
}

WEBPUBSUB_DECL void group_state_view::mark_cleared(const group_state_item& item,
                                                   const client_group_state_options& options) {
    marks_.emplace(item.connection_id, item.updated_at);
    marks_by_age_.emplace(item.updated_at, item.connection_id);
    bytes_ += 2 * item.connection_id.size();
    while (!marks_.empty() && (marks_.size() > options.max_cleared || bytes_ > options.max_bytes)) erase_oldest_mark();
}

WEBPUBSUB_DECL void group_state_view::erase_oldest_mark() {
    const auto oldest = marks_by_age_.begin();
    bytes_ -= 2 * oldest->second.size();
    marks_.erase(oldest->second);
    marks_by_age_.erase(oldest);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
