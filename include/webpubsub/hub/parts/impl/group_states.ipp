// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/group_states.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/variant.hpp>

#include <algorithm>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_COLD_DECL std::size_t state_size(const string_map& state) noexcept {
    std::size_t size = 0;
    for (const auto& [key, value] : state) size += key.size() + value.size();
    return size;
}

/// The key of a state. The length of the group's name comes first, so that the keys of one group begin alike and those
/// of no other group do.
WEBPUBSUB_COLD_DECL std::string name_of(std::string_view group, std::string_view connection_id) {
    std::string name;
    name.reserve(group.size() + connection_id.size() + 2);
    // A group name is at most 3 * 1024 bytes long.
    name.push_back(static_cast<char>(group.size() >> 8));
    name.push_back(static_cast<char>(group.size() & 0xFF));
    return name.append(group).append(connection_id);
}

WEBPUBSUB_COLD_DECL group_state_item group_states::owner::change(std::optional<string_map> state, wall_time now) {
    constexpr update_time::duration tick{1};
    const auto floor = std::chrono::floor<update_time::duration>(now);
    updated_at = floor > updated_at ? floor : updated_at + tick;
    return {connection_id, user_id, std::move(state), updated_at};
}

WEBPUBSUB_COLD_DECL arrival group_states::arrive(turn&, std::uint32_t, const client_message& message, bool altered) {
    arrival it;
    it.what = arrival::verdict::in_turn;
    const std::string* group = nullptr;
    if (const auto* const set = get_if<set_group_state_message>(&message)) {
        group = &set->group;
        it.ack = set->ack_id;
        if (set->state) it.kept = kept_size(*set->state);
    } else if (const auto* const subscribe = get_if<subscribe_group_state_message>(&message)) {
        group = &subscribe->group;
        it.ack = subscribe->ack_id;
    } else if (const auto* const unsubscribe = get_if<unsubscribe_group_state_message>(&message)) {
        group = &unsubscribe->group;
        it.ack = unsubscribe->ack_id;
    } else {
        return {};
    }
    it.kept += group->size();
    if (altered) {
        it.what = arrival::verdict::refused;
    } else if (!is_valid_group_name(*group)) {
        it.what = arrival::verdict::malformed;
    }
    return it;
}

WEBPUBSUB_COLD_DECL std::string_view group_states::group_sent_to(const client_message& message) const noexcept {
    const auto* const set = get_if<set_group_state_message>(&message);
    return set != nullptr ? std::string_view(set->group) : std::string_view();
}

WEBPUBSUB_COLD_DECL outcome group_states::execute(turn& during, std::uint32_t from, client_message& message,
                                                  holder released_by) {
    if (auto* const it = get_if<set_group_state_message>(&message)) return execute(during, from, *it);
    if (auto* const it = get_if<subscribe_group_state_message>(&message)) {
        return execute(during, from, *it, released_by);
    }
    const auto* const unsubscribe = get_if<unsubscribe_group_state_message>(&message);
    if (unsubscribe == nullptr) return {};
    watchers_.leave(unsubscribe->group, from);
    return success();
}

WEBPUBSUB_COLD_DECL outcome group_states::execute(turn& during, std::uint32_t from, set_group_state_message& message) {
    const auto& limits = during.options.groups;
    if (!during.connections[from].permissions.allows(permission::set_group_state, message.group)) {
        return failure(forbidden("Permission denied."));
    }
    if (!during.connections.groups().contains(message.group, from)) return failure(forbidden("Not a member of group."));
    if (!during.reports.can_publish()) return failure(not_publishing());
    if (!message.state) {
        if (auto change = clear(during, from, message.group)) publish(during, from, message.group, std::move(*change));
        return success();
    }
    if (state_size(*message.state) > limits.max_state_size) {
        return failure(
            bad_request("State payload exceeds maximum size " + std::to_string(limits.max_state_size) + " bytes."));
    }
    const auto* const known = owners_.find(number_of(during.connections.handle_of(from)));
    const auto count = known == nullptr ? 0 : known->groups.size();
    if (count >= limits.max_states_per_connection &&
        !by_name_.contains(name_of(message.group, during.connections[from].id))) {
        return failure(bad_request("The connection has a state in as many groups as it may have."));
    }
    publish(during, from, message.group, set(during, from, message.group, std::move(*message.state)));
    return success();
}

WEBPUBSUB_COLD_DECL outcome group_states::execute(turn& during, std::uint32_t from,
                                                  const subscribe_group_state_message& message, holder released_by) {
    if (!during.connections[from].permissions.allows(permission::get_group_state, message.group)) {
        return failure(forbidden("No permission to get states of group " + message.group + "."));
    }
    if (!during.connections.groups().contains(message.group, from)) return failure(forbidden("Not a member of group."));
    // What is deferred is in the snapshot, of which the nodes are to know.
    const bool concerns_nodes = !watchers_.contains(message.group, from) || during.reports.defer_publications();
    if (during.reports.are_wanted() && released_by < holder::nodes && concerns_nodes) return held_by_nodes();
    watchers_.join(message.group, from);
    return {outcome::kind::acknowledge_and_finish, {}, {}};
}

WEBPUBSUB_COLD_DECL void group_states::finish(turn& during, std::uint32_t from, const client_message& message) {
    const auto* const subscribed = get_if<subscribe_group_state_message>(&message);
    if (subscribed == nullptr) return;
    const service_message all =
        group_state_snapshot_message{std::nullopt, subscribed->group, snapshot(during, subscribed->group)};
    during.deliver({&from, 1}, all, std::nullopt);
}

WEBPUBSUB_COLD_DECL group_state_item group_states::set(turn& during, std::uint32_t from, const std::string& group,
                                                       string_map state) {
    const auto handle = number_of(during.connections.handle_of(from));
    auto* found = owners_.find(handle);
    if (found == nullptr) {
        found = &owners_.add(handle, {during.connections[from].id, during.connections[from].user_id, {}, {}});
    }
    auto& it = *found;
    auto item = it.change(std::move(state), during.now.wall);
    keep(handle, group, *item.state, item.updated_at);
    return item;
}

WEBPUBSUB_COLD_DECL void group_states::keep(std::uint64_t owner_key, const std::string& group, const string_map& state,
                                            update_time updated_at) {
    auto& its_owner = *owners_.find(owner_key);
    const auto name = name_of(group, its_owner.connection_id);
    if (const auto* const place = by_name_.find(name)) {
        states_[static_cast<std::uint32_t>(*place)] = {owner_key, state, updated_at};
        return;
    }
    taken_slot taken(states_);
    states_[taken.slot()] = {owner_key, state, updated_at};
    its_owner.groups.push_back(group);
    by_name_.set(name, taken.slot());
    taken.keep();
    if (owner_key >= first_foreign_key) ++foreign_count_;
}

WEBPUBSUB_COLD_DECL std::optional<group_state_item> group_states::clear(turn& during, std::uint32_t from,
                                                                        const std::string& group) {
    auto* const found = owners_.find(number_of(during.connections.handle_of(from)));
    if (found == nullptr) return std::nullopt;
    if (!take_from(*found, group)) return std::nullopt;
    return found->change(std::nullopt, during.now.wall);
}

WEBPUBSUB_COLD_DECL bool group_states::take_from(owner& of, const std::string& group) {
    std::size_t place = 0;
    while (place < of.groups.size() && of.groups[place] != group) ++place;
    if (place == of.groups.size()) return false;
    erase(group, of.connection_id);
    of.groups[place].swap(of.groups.back());
    of.groups.pop_back();
    return true;
}

WEBPUBSUB_COLD_DECL void group_states::erase(std::string_view group, std::string_view connection_id) {
    const auto name = name_of(group, connection_id);
    const auto place = static_cast<std::uint32_t>(*by_name_.find(name));
    by_name_.erase(name);
    if (states_[place].owner >= first_foreign_key) --foreign_count_;
    states_[place] = {};
    states_.give_back(place);
}

WEBPUBSUB_COLD_DECL std::vector<group_state_item> group_states::snapshot(const turn& during,
                                                                         const std::string& group) const {
    std::vector<group_state_item> items;
    const auto prefix = name_of(group, {});
    const auto* each = by_name_.first_from(prefix);
    for (;
         each != nullptr && each->name().starts_with(prefix) && items.size() < during.options.groups.max_snapshot_items;
         each = by_name_.next_after(each->name())) {
        const auto& it = states_[static_cast<std::uint32_t>(each->value)];
        const auto& by = *owners_.find(it.owner);
        items.push_back({by.connection_id, by.user_id, it.state, it.updated_at});
    }
    return items;
}

WEBPUBSUB_COLD_DECL void group_states::publish(turn& during, std::uint32_t publisher, std::string_view group,
                                               group_state_item&& change) {
    if (during.reports.are_wanted()) {
        during.senders.use_room(group);
        during.reports.push(hub_reports::state_changed{std::string(group), change});
        if (during.defer_publication(publisher)) return;
    }
    announce(during, group, std::move(change));
}

/// The author of the change may be among those who watch.
WEBPUBSUB_COLD_DECL void group_states::announce(turn& during, std::string_view group, group_state_item&& change) {
    const auto to = watchers_.members(group);
    if (to.empty()) return;
    service_message message;
    auto& update = message.emplace<group_state_update_message>();
    update.group = group;
    update.items.push_back(std::move(change));
    during.deliver(to, message, std::nullopt);
}

// States of connections that other hubs have.

WEBPUBSUB_COLD_DECL bool group_states::set_foreign(turn& during, const std::string& group, group_state_item&& change) {
    if (during.connections.find(change.connection_id) != no_slot) return false;
    const auto* const place = by_name_.find(name_of(group, change.connection_id));
    const bool is_news = place == nullptr ? change.state.has_value()
                                          : change.updated_at > states_[static_cast<std::uint32_t>(*place)].updated_at;
    if (!is_news) return false;
    const auto* const known = foreign_.find(change.connection_id);
    const auto key = known != nullptr ? *known : ++last_foreign_key_;
    if (known == nullptr) {
        foreign_.set(change.connection_id, key);
        owners_.add(key, {change.connection_id, change.user_id, {}, {}});
    }
    auto& it = *owners_.find(key);
    it.updated_at = std::max(it.updated_at, change.updated_at);
    if (change.state) {
        keep(key, group, *change.state, change.updated_at);
    } else {
        take_from(it, group);
        if (it.groups.empty()) forget_foreign_owner(change.connection_id);
    }
    announce(during, group, std::move(change));
    return true;
}

WEBPUBSUB_COLD_DECL bool group_states::has_foreign(std::string_view group, std::string_view connection_id) const {
    const auto* const place = by_name_.find(name_of(group, connection_id));
    return place != nullptr && states_[static_cast<std::uint32_t>(*place)].owner >= first_foreign_key;
}

WEBPUBSUB_COLD_DECL void group_states::forget_foreign_owner(std::string_view connection_id) {
    owners_.erase(*foreign_.find(connection_id));
    foreign_.erase(connection_id);
}

WEBPUBSUB_COLD_DECL void group_states::forget_foreign(turn& during, std::string_view id_prefix, std::string_view group,
                                                      std::span<const std::string> retained) {
    const auto* each = foreign_.first_from(id_prefix);
    while (each != nullptr && each->name().starts_with(id_prefix)) {
        const std::string id(each->name());
        auto& it = *owners_.find(each->value);
        each = foreign_.next_after(id);
        if (std::binary_search(retained.begin(), retained.end(), id)) continue;
        const auto groups = group.empty() ? it.groups : std::vector<std::string>{std::string(group)};
        for (const auto& left : sorted(groups)) {
            if (take_from(it, std::string(left))) announce(during, left, it.change(std::nullopt, during.now.wall));
        }
        if (it.groups.empty()) forget_foreign_owner(id);
    }
}

WEBPUBSUB_COLD_DECL std::vector<group_state_item> group_states::own_states(std::string_view group,
                                                                           std::string_view from,
                                                                           std::size_t limit) const {
    std::vector<group_state_item> items;
    const auto prefix = name_of(group, {});
    const auto* each = by_name_.first_from(name_of(group, from));
    for (; each != nullptr && each->name().starts_with(prefix) && items.size() < limit;
         each = by_name_.next_after(each->name())) {
        const auto& it = states_[static_cast<std::uint32_t>(each->value)];
        if (it.owner >= first_foreign_key) continue;
        const auto& by = *owners_.find(it.owner);
        items.push_back({by.connection_id, by.user_id, it.state, it.updated_at});
    }
    return items;
}

WEBPUBSUB_COLD_DECL void group_states::handle_left(turn& during, std::uint32_t at, const std::string& group) {
    watchers_.leave(group, at);
    if (auto change = clear(during, at, group)) publish(during, at, group, std::move(*change));
}

WEBPUBSUB_COLD_DECL void group_states::handle_change(turn& during, std::uint32_t at, connection_change change) {
    if (change != connection_change::ended) return;
    watchers_.leave_all(at);
    const auto handle = number_of(during.connections.handle_of(at));
    auto* const found = owners_.find(handle);
    if (found == nullptr) return;
    for (const auto& group : found->groups) erase(group, found->connection_id);
    departures_.push_back(std::move(*found));
    owners_.erase(handle);
}

WEBPUBSUB_COLD_DECL bool group_states::announce_departures(turn& during) {
    if (departures_.empty()) return false;
    while (!departures_.empty()) {
        auto left = departures_.take_front();
        for (const auto group : sorted(left.groups)) {
            publish(during, no_slot, group, left.change(std::nullopt, during.now.wall));
        }
    }
    return true;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
