// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/group_states.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/variant.hpp>

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

WEBPUBSUB_COLD_DECL outcome group_states::execute(turn& during, std::uint32_t from, client_message& message) {
    if (auto* const it = get_if<set_group_state_message>(&message)) return execute(during, from, *it);
    if (auto* const it = get_if<subscribe_group_state_message>(&message)) return execute(during, from, *it);
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
    if (!message.state) {
        if (auto change = clear(during, from, message.group)) publish(during, message.group, std::move(*change));
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
    publish(during, message.group, set(during, from, message.group, std::move(*message.state)));
    return success();
}

WEBPUBSUB_COLD_DECL outcome group_states::execute(turn& during, std::uint32_t from,
                                                  const subscribe_group_state_message& message) {
    if (!during.connections[from].permissions.allows(permission::get_group_state, message.group)) {
        return failure(forbidden("No permission to get states of group " + message.group + "."));
    }
    if (!during.connections.groups().contains(message.group, from)) return failure(forbidden("Not a member of group."));
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
    const auto name = name_of(group, it.connection_id);
    const auto* const place = by_name_.find(name);
    if (place != nullptr) {
        states_[static_cast<std::uint32_t>(*place)] = {handle, *item.state, item.updated_at};
        return item;
    }
    taken_slot taken(states_);
    states_[taken.slot()] = {handle, *item.state, item.updated_at};
    it.groups.push_back(group);
    by_name_.set(name, taken.slot());
    taken.keep();
    return item;
}

WEBPUBSUB_COLD_DECL std::optional<group_state_item> group_states::clear(turn& during, std::uint32_t from,
                                                                        const std::string& group) {
    auto* const found = owners_.find(number_of(during.connections.handle_of(from)));
    if (found == nullptr) return std::nullopt;
    auto& it = *found;
    std::size_t place = 0;
    while (place < it.groups.size() && it.groups[place] != group) ++place;
    if (place == it.groups.size()) return std::nullopt;
    erase(group, it.connection_id);
    it.groups[place].swap(it.groups.back());
    it.groups.pop_back();
    return it.change(std::nullopt, during.now.wall);
}

WEBPUBSUB_COLD_DECL void group_states::erase(std::string_view group, std::string_view connection_id) {
    const auto name = name_of(group, connection_id);
    const auto place = static_cast<std::uint32_t>(*by_name_.find(name));
    by_name_.erase(name);
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

/// Those who watch the group are told, the author of the change among them.
WEBPUBSUB_COLD_DECL void group_states::publish(turn& during, std::string_view group, group_state_item&& change) {
    const auto to = watchers_.members(group);
    if (to.empty()) return;
    service_message message;
    auto& update = message.emplace<group_state_update_message>();
    update.group = group;
    update.items.push_back(std::move(change));
    during.deliver(to, message, std::nullopt);
}

WEBPUBSUB_COLD_DECL void group_states::handle_left(turn& during, std::uint32_t at, const std::string& group) {
    watchers_.leave(group, at);
    if (auto change = clear(during, at, group)) publish(during, group, std::move(*change));
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
            publish(during, group, left.change(std::nullopt, during.now.wall));
        }
    }
    return true;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
