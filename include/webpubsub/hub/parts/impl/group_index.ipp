// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/group_index.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL bool group_index::join(std::string_view name, std::uint32_t member) {
    auto group = find(name);
    if (group != no_slot && place_of(group, member) != no_slot) return false;
    // Everything that may throw comes before the first change.
    if (member >= members_.size()) members_.resize(std::size_t{member} + 1);
    auto& of_member = members_[member];
    const auto grow = [](std::vector<std::uint32_t>& list) {
        if (list.size() == list.capacity()) list.reserve(list.empty() ? 4 : list.size() * 2);
    };
    grow(of_member.groups);
    grow(of_member.places);
    if (group == no_slot) {
        group_entry fresh{std::string(name), {}, {}};
        grow(fresh.members);
        grow(fresh.places);
        if (records_) changes_.push_back(fresh.name);
        taken_slot taken(groups_);
        group = taken.slot();
        by_name_.set(name, group);
        groups_[taken.keep()] = std::move(fresh);
    } else {
        grow(groups_[group].members);
        grow(groups_[group].places);
    }
    auto& of_group = groups_[group];
    of_group.places.push_back(static_cast<std::uint32_t>(of_member.groups.size()));
    of_member.places.push_back(static_cast<std::uint32_t>(of_group.members.size()));
    of_group.members.push_back(member);
    of_member.groups.push_back(group);
    of_member.bytes += bytes_for(name);
    return true;
}

WEBPUBSUB_DECL bool group_index::leave(std::string_view name, std::uint32_t member) {
    const auto group = find(name);
    const auto place = group == no_slot ? no_slot : place_of(group, member);
    if (place == no_slot) return false;
    remove(member, place);
    return true;
}

WEBPUBSUB_DECL void group_index::leave_all(std::uint32_t member) {
    if (member >= members_.size()) return;
    for (auto left = members_[member].groups.size(); left != 0; --left) {
        remove(member, static_cast<std::uint32_t>(left - 1));
    }
    members_[member] = {};
}

WEBPUBSUB_DECL bool group_index::contains(std::string_view name, std::uint32_t member) const {
    const auto group = find(name);
    return group != no_slot && place_of(group, member) != no_slot;
}

WEBPUBSUB_DECL std::span<const std::uint32_t> group_index::members(std::string_view name) const {
    const auto group = find(name);
    if (group == no_slot) return {};
    return groups_[group].members;
}

WEBPUBSUB_DECL std::vector<std::string> group_index::groups_of(std::uint32_t member) const {
    std::vector<std::string> names;
    if (member >= members_.size()) return names;
    names.reserve(members_[member].groups.size());
    for (const auto group : members_[member].groups) names.push_back(groups_[group].name);
    return names;
}

WEBPUBSUB_DECL std::uint32_t group_index::find(std::string_view name) const {
    const auto* const found = by_name_.find(name);
    return found == nullptr ? no_slot : static_cast<std::uint32_t>(*found);
}

WEBPUBSUB_DECL std::uint32_t group_index::place_of(std::uint32_t group, std::uint32_t member) const noexcept {
    if (member >= members_.size()) return no_slot;
    const auto& groups = members_[member].groups;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i] == group) return static_cast<std::uint32_t>(i);
    }
    return no_slot;
}

/// The last of each list takes the place of what is removed.
WEBPUBSUB_DECL void group_index::remove(std::uint32_t member, std::uint32_t place) {
    auto& of_member = members_[member];
    const auto group = of_member.groups[place];
    auto& of_group = groups_[group];
    const auto in_group = of_member.places[place];
    of_member.bytes -= bytes_for(of_group.name);

    of_group.members[in_group] = of_group.members.back();
    of_group.places[in_group] = of_group.places.back();
    members_[of_group.members[in_group]].places[of_group.places[in_group]] = in_group;
    of_group.members.pop_back();
    of_group.places.pop_back();

    of_member.groups[place] = of_member.groups.back();
    of_member.places[place] = of_member.places.back();
    if (place + 1 != of_member.groups.size()) {
        groups_[of_member.groups[place]].places[of_member.places[place]] = place;
    }
    of_member.groups.pop_back();
    of_member.places.pop_back();

    if (of_group.members.empty()) {
        by_name_.erase(of_group.name);
        if (records_) changes_.push_back(std::move(of_group.name));
        of_group = {};
        groups_.give_back(group);
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
