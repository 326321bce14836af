// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/group_state.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What is known of the states in one group: the newest of each connection, by the service's `updated_at`
/// (subprotocols.md section 11). A cleared state leaves a mark behind, so that an older update does not bring it back.
class group_state_view {
public:
    struct limits {
        /// Connections with a state.
        std::size_t states = 10'000;
        /// Marks of cleared states; the oldest is forgotten first.
        std::size_t cleared = 200;
        /// A snapshot with so many items may have left others out.
        std::size_t snapshot = 200;
    };

    using map = std::map<std::string, group_state_item, std::less<>>;

    explicit group_state_view(const limits& the_limits) : limits_(the_limits) {}

    /// The states by the ids of their connections; each has one.
    const map& states() const noexcept { return states_; }

    /// Takes in a change. Returns what is new of it: each item with its state, or without one that it had before.
    std::vector<group_state_item> update(std::vector<group_state_item> items) {
        std::vector<group_state_item> changed;
        for (auto& item : items) take(std::move(item), changed);
        return changed;
    }

    /// Takes in a snapshot, which replaces what was known, but for what is newer than all of it. Returns what is new.
    std::vector<group_state_item> replace(std::vector<group_state_item> items) {
        std::vector<group_state_item> changed;
        if (items.size() < limits_.snapshot) drop_others(items, changed);
        for (auto& item : items) take(std::move(item), changed);
        return changed;
    }

    void clear() {
        states_.clear();
        cleared_.clear();
        by_age_.clear();
    }

private:
    void drop_others(const std::vector<group_state_item>& items, std::vector<group_state_item>& changed) {
        std::set<std::string_view> present;
        update_time newest = items.empty() ? update_time::max() : items.front().updated_at;
        for (const auto& item : items) {
            present.insert(item.connection_id);
            newest = std::max(newest, item.updated_at);
        }
        for (auto it = states_.begin(); it != states_.end();) {
            const auto here = it++;
            if (present.contains(here->first) || here->second.updated_at > newest) continue;
            changed.push_back({here->first, std::move(here->second.user_id), {}, here->second.updated_at});
            states_.erase(here);
        }
    }

    void take(group_state_item item, std::vector<group_state_item>& changed) {
        const auto known = states_.find(item.connection_id);
        const bool is_known = known != states_.end();
        if (is_known && item.updated_at <= known->second.updated_at) return;
        if (!outdates_mark(item)) return;
        if (!item.state) {
            if (is_known) states_.erase(known);
            mark_cleared(item);
            if (is_known) changed.push_back(std::move(item));
        } else if (is_known || states_.size() < limits_.states) {
            states_[item.connection_id] = item;
            changed.push_back(std::move(item));
        }
    }

    bool outdates_mark(const group_state_item& item) {
        const auto mark = cleared_.find(item.connection_id);
        if (mark == cleared_.end()) return true;
        if (item.updated_at <= mark->second) return false;
        by_age_.erase({mark->second, mark->first});
        cleared_.erase(mark);
        return true;
    }

    void mark_cleared(const group_state_item& item) {
        cleared_.emplace(item.connection_id, item.updated_at);
        by_age_.emplace(item.updated_at, item.connection_id);
        if (by_age_.size() <= limits_.cleared) return;
        cleared_.erase(by_age_.begin()->second);
        by_age_.erase(by_age_.begin());
    }

    limits limits_;
    map states_;
    std::map<std::string, update_time, std::less<>> cleared_;
    std::set<std::pair<update_time, std::string>> by_age_;
};

} // namespace webpubsub
