// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/group_state_view.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

inline update_time time_of_mark(std::uint64_t value) noexcept {
    return update_time(update_time::duration(static_cast<std::int64_t>(value)));
}

inline std::size_t cost_of_mark(std::string_view connection_id) noexcept { return 2 * connection_id.size(); }

WEBPUBSUB_COLD_DECL std::vector<group_state_item> group_state_view::update(std::vector<group_state_item> items,
                                                                           const client_group_state_options& options) {
    std::vector<group_state_item> changed;
    for (auto& item : items) take(std::move(item), options, changed);
    return changed;
}

WEBPUBSUB_COLD_DECL std::vector<group_state_item> group_state_view::replace(std::vector<group_state_item> items,
                                                                            const client_group_state_options& options) {
    std::vector<group_state_item> changed;
    // What a full snapshot lacks may have had no place in it.
    if (items.size() < options.full_snapshot || follows_another_) drop_others(items, changed);
    for (auto& item : items) take(std::move(item), options, changed);
    return changed;
}

WEBPUBSUB_COLD_DECL void group_state_view::clear() noexcept {
    states_.clear();
    marks_.clear();
    bytes_ = 0;
}

WEBPUBSUB_COLD_DECL void group_state_view::drop_others(const std::vector<group_state_item>& items,
                                                       std::vector<group_state_item>& changed) {
    detail::name_index present;
    update_time newest = items.empty() ? update_time::max() : items.front().updated_at;
    for (const auto& item : items) {
        present.set(item.connection_id);
        if (newest < item.updated_at) newest = item.updated_at;
    }
    for (auto it = states_.begin(); it != states_.end();) {
        const auto& other = *it;
        ++it;
        if (present.contains(other.connection_id)) continue;
        if (other.updated_at > newest && !follows_another_) continue;
        changed.push_back({other.connection_id, other.user_id, {}, other.updated_at});
        erase(other);
    }
}

WEBPUBSUB_COLD_DECL void group_state_view::take(group_state_item item, const client_group_state_options& options,
                                                std::vector<group_state_item>& changed) {
    const auto* const known = states_.find(item.connection_id);
    const bool is_known = known != nullptr;
    if (is_known && item.updated_at <= known->updated_at) return;
    if (!outdates_mark(item)) return;
    if (is_known) erase(*known);
    if (item.state && make_room(cost_of(item), options)) {
        bytes_ += cost_of(item);
        states_.add(item);
        changed.push_back(std::move(item));
        return;
    }
    if (!item.state || is_known) mark_cleared(item, options);
    if (!is_known) return;
    item.state.reset();
    changed.push_back(std::move(item));
}

/// States are worth more than marks.
WEBPUBSUB_COLD_DECL bool group_state_view::make_room(std::size_t cost, const client_group_state_options& options) {
    if (states_.size() >= options.max_states || cost > options.max_bytes) return false;
    while (bytes_ + cost > options.max_bytes && !marks_.empty()) erase_oldest_mark();
    return bytes_ + cost <= options.max_bytes;
}

WEBPUBSUB_COLD_DECL std::size_t group_state_view::cost_of(const group_state_item& item) noexcept {
    auto cost = 2 * item.connection_id.size() + item.user_id.size();
    if (!item.state) return cost;
    for (const auto& [key, value] : *item.state) cost += sizeof(string_map_entry) + key.size() + value.size();
    return cost;
}

WEBPUBSUB_COLD_DECL void group_state_view::erase(const group_state_item& known) {
    bytes_ -= cost_of(known);
    states_.erase(known.connection_id);
}

WEBPUBSUB_COLD_DECL bool group_state_view::outdates_mark(const group_state_item& item) {
    const auto* const mark = marks_.find(item.connection_id);
    if (mark == nullptr) return true;
    if (item.updated_at <= time_of_mark(*mark)) return false;
    erase_mark(item.connection_id);
    return true;
}

WEBPUBSUB_COLD_DECL void group_state_view::mark_cleared(const group_state_item& item,
                                                        const client_group_state_options& options) {
    marks_.set(item.connection_id, static_cast<std::uint64_t>(item.updated_at.time_since_epoch().count()));
    bytes_ += cost_of_mark(item.connection_id);
    while (!marks_.empty() && (marks_.size() > options.max_cleared || bytes_ > options.max_bytes)) erase_oldest_mark();
}

WEBPUBSUB_COLD_DECL void group_state_view::erase_mark(std::string_view connection_id) {
    bytes_ -= cost_of_mark(connection_id);
    marks_.erase(connection_id);
}

/// Walks over all marks, of which there are few.
WEBPUBSUB_COLD_DECL void group_state_view::erase_oldest_mark() {
    const auto* oldest = marks_.first();
    for (const auto* mark = oldest; mark != nullptr; mark = marks_.next_after(mark->name())) {
        if (time_of_mark(mark->value) < time_of_mark(oldest->value)) oldest = mark;
    }
    erase_mark(oldest->name());
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
