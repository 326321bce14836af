// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/group_index.hpp>
#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/seeded_hash.hpp>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What counts towards the limit of a state: the bytes of all keys and values.
inline std::size_t state_size(const string_map& state) noexcept {
    std::size_t size = 0;
    for (const auto& [key, value] : state) size += key.size() + value.size();
    return size;
}

/// Who keeps states: a connection with all that its items have in common.
struct state_owner {
    std::string connection_id;
    /// Empty for an anonymous user.
    std::string user_id;
    /// Of its last change in any group.
    update_time updated_at{};
    /// Where it has a state now.
    std::set<std::string, std::less<>> groups;

    /// Its next change. Times grow even where the clock stands still or goes back.
    group_state_item change(std::optional<string_map> state, wall_time now) {
        constexpr update_time::duration tick{1};
        updated_at = std::max(std::chrono::floor<update_time::duration>(now), updated_at + tick);
        return {connection_id, user_id, std::move(state), updated_at};
    }
};

/// What the connections of a hub keep in groups, and who watches (subprotocols.md section 11). Members are small
/// numbers (slots of connections). It knows nothing of memberships: whoever leaves a group is to be taken out here as
/// well.
///
/// Each operation is logarithmic in the number of states, and linear in what it returns.
class group_states {
public:
    explicit group_states(const hash_seed& seed = {}) : watchers_(seed) {}

    /// Replaces the member's state in the group. Returns the change, to be published.
    group_state_item set(std::uint32_t member, std::string_view connection_id, std::string_view user_id,
                         std::string_view group, string_map state, wall_time now) {
        const auto [found, is_new] = owners_.try_emplace(member);
        auto& owner = found->second;
        if (is_new) {
            owner.connection_id = connection_id;
            owner.user_id = user_id;
        }
        auto item = owner.change(std::move(state), now);
        owner.groups.emplace(group);
        states_.insert_or_assign({std::string(group), owner.connection_id}, kept{member, *item.state, item.updated_at});
        return item;
    }

    /// Nothing if the member has no state in the group.
    std::optional<group_state_item> clear(std::uint32_t member, std::string_view group, wall_time now) {
        const auto found = owners_.find(member);
        if (found == owners_.end()) return std::nullopt;
        auto& owner = found->second;
        const auto place = owner.groups.find(group);
        if (place == owner.groups.end()) return std::nullopt;
        erase(group, owner);
        owner.groups.erase(place);
        return owner.change(std::nullopt, now);
    }

    /// Ends the member's subscriptions and takes out its states, so that they can be announced as cleared: an item
    /// without a state for each of the owner's groups.
    std::optional<state_owner> remove(std::uint32_t member) {
        watchers_.leave_all(member);
        const auto found = owners_.find(member);
        if (found == owners_.end()) return std::nullopt;
        for (const auto& group : found->second.groups) erase(group, found->second);
        return std::move(owners_.extract(found).mapped());
    }

    bool has_state(std::uint32_t member, std::string_view group) const {
        const auto found = owners_.find(member);
        return found != owners_.end() && found->second.groups.contains(group);
    }

    /// In how many groups the member has a state.
    std::size_t count_of(std::uint32_t member) const {
        const auto found = owners_.find(member);
        return found == owners_.end() ? 0 : found->second.groups.size();
    }

    /// Of all groups together.
    std::size_t size() const noexcept { return states_.size(); }

    /// The states in the group, in the order of connection ids; at most so many.
    std::vector<group_state_item> snapshot(std::string_view group, std::size_t limit) const {
        std::vector<group_state_item> items;
        for (auto it = states_.lower_bound(key_view{group, {}}); it != states_.end() && items.size() < limit; ++it) {
            if (it->first.group != group) break;
            const auto& owner = owners_.find(it->second.owner)->second;
            items.push_back({owner.connection_id, owner.user_id, it->second.state, it->second.updated_at});
        }
        return items;
    }

    void watch(std::string_view group, std::uint32_t member) { watchers_.join(group, member); }
    void unwatch(std::string_view group, std::uint32_t member) { watchers_.leave(group, member); }
    void unwatch_all(std::uint32_t member) { watchers_.leave_all(member); }

    /// Whom changes in the group are for, in no particular order. Valid until somebody comes or goes.
    std::span<const std::uint32_t> watchers(std::string_view group) const { return watchers_.members(group); }

private:
    struct key {
        std::string group;
        std::string connection_id;
    };

    struct key_view {
        std::string_view group;
        std::string_view connection_id;
    };

    /// By group, then by connection.
    struct key_less {
        using is_transparent = void;

        template <class A, class B>
        bool operator()(const A& a, const B& b) const noexcept {
            const auto order = std::string_view(a.group).compare(b.group);
            return order != 0 ? order < 0 : std::string_view(a.connection_id) < std::string_view(b.connection_id);
        }
    };

    struct kept {
        std::uint32_t owner = 0;
        string_map state;
        update_time updated_at{};
    };

    void erase(std::string_view group, const state_owner& owner) {
        const auto found = states_.find(key_view{group, owner.connection_id});
        assert(found != states_.end());
        states_.erase(found);
    }

    std::map<key, kept, key_less> states_;
    std::map<std::uint32_t, state_owner> owners_;
    group_index watchers_;
};

} // namespace webpubsub
