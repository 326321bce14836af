// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/track/seeded_hash.hpp>
#include <webpubsub/track/slot_table.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Which members are in which groups, both ways. Members are small numbers (slots of connections). A group exists while
/// it has members. Joining, leaving and looking up take constant time whatever the sizes: a leaver's place in a list is
/// taken by the last of it, and each membership knows both its places.
class group_index {
public:
    explicit group_index(const hash_seed& seed = {}) : by_name_(0, seeded_hash{seed}), places_(0, seeded_hash{seed}) {}

    /// False if the member is in the group already.
    bool join(std::string_view name, std::uint32_t member) {
        const auto group = find_or_add(name);
        if (member >= groups_of_.size()) groups_of_.resize(member + 1);
        auto& members = groups_[group].members;
        auto& groups = groups_of_[member];
        const place here{static_cast<std::uint32_t>(members.size()), static_cast<std::uint32_t>(groups.size())};
        if (!places_.emplace(key(group, member), here).second) return false;
        members.push_back(member);
        groups.push_back(group);
        return true;
    }

    /// False if the member is not in the group.
    bool leave(std::string_view name, std::uint32_t member) {
        const auto group = find(name);
        if (group == no_slot || !places_.contains(key(group, member))) return false;
        remove(group, member);
        return true;
    }

    void leave_all(std::uint32_t member) {
        while (count_of(member) != 0) remove(groups_of_[member].back(), member);
    }

    bool contains(std::string_view name, std::uint32_t member) const {
        const auto group = find(name);
        return group != no_slot && places_.contains(key(group, member));
    }

    bool exists(std::string_view name) const { return find(name) != no_slot; }

    /// In no particular order. Valid until somebody joins or leaves.
    std::span<const std::uint32_t> members(std::string_view name) const {
        const auto group = find(name);
        if (group == no_slot) return {};
        return groups_[group].members;
    }

    /// In no particular order. Nobody joins or leaves meanwhile.
    template <class Visit>
    void for_each_group(std::uint32_t member, Visit&& visit) const {
        if (member >= groups_of_.size()) return;
        for (const auto group : groups_of_[member]) visit(groups_[group].name);
    }

    /// How many groups the member is in.
    std::size_t count_of(std::uint32_t member) const noexcept {
        return member < groups_of_.size() ? groups_of_[member].size() : 0;
    }

    /// How many groups there are.
    std::size_t size() const noexcept { return by_name_.size(); }

private:
    struct entry {
        std::string name;
        std::vector<std::uint32_t> members;
    };

    struct place {
        std::uint32_t in_group;
        std::uint32_t in_member;
    };

    static std::uint64_t key(std::uint32_t group, std::uint32_t member) noexcept {
        return std::uint64_t{group} << 32 | member;
    }

    std::uint32_t find(std::string_view name) const {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? no_slot : found->second;
    }

    std::uint32_t find_or_add(std::string_view name) {
        if (const auto known = find(name); known != no_slot) return known;
        const auto added = groups_.take();
        groups_[added].name = name;
        by_name_.emplace(name, added);
        return added;
    }

    void remove(std::uint32_t group, std::uint32_t member) {
        const auto membership = places_.find(key(group, member));
        const place here = membership->second;
        places_.erase(membership);

        auto& members = groups_[group].members;
        if (members.back() != member) {
            members[here.in_group] = members.back();
            places_.find(key(group, members.back()))->second.in_group = here.in_group;
        }
        members.pop_back();

        auto& groups = groups_of_[member];
        if (groups.back() != group) {
            groups[here.in_member] = groups.back();
            places_.find(key(groups.back(), member))->second.in_member = here.in_member;
        }
        groups.pop_back();

        if (members.empty()) {
            by_name_.erase(by_name_.find(groups_[group].name));
            groups_[group] = {};
            groups_.give_back(group);
        }
    }

    std::unordered_map<std::string, std::uint32_t, seeded_hash, std::equal_to<>> by_name_;
    std::unordered_map<std::uint64_t, place, seeded_hash> places_;
    slot_table<entry> groups_;
    std::vector<std::vector<std::uint32_t>> groups_of_;
};

} // namespace webpubsub
