// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/rules/names.hpp>

#include <utility>
#include <variant>

// What the application asks of a hub, and the fan-out, which client requests use too.

namespace webpubsub {

/// Gives the message to the queue of each of `to` but `except` and excluded ones; simple clients get `data` if there is
/// some. A connection whose queue is full is closed when all the others have it, so that nobody leaves a group while
/// its members are walked.
inline std::size_t hub::deliver(std::span<const slot> to, const service_message& message, const payload* data,
                                slot except) {
    std::size_t delivered = 0;
    {
        detail::shared_message shared(outputs_.pool(), outputs_.forms(), message, data);
        for (std::size_t i = 0; i < to.size(); ++i) {
            if (i + 12 < to.size()) outputs_.prefetch(to[i + 6], to[i + 12]);
            const slot at = to[i];
            const auto& receiver = outputs_[at];
            if (at == except || receiver.excluded || !shared.is_for(receiver.form)) continue;
            auto& encoded = shared.in_form(receiver.form);
            if (outputs_.push_data(at, encoded.frame, encoded.size)) {
                ++encoded.receivers;
                ++delivered;
            } else {
                overflowed_.push_back(at);
            }
        }
    }
    for (const slot at : overflowed_) {
        close_slow(at, connections_[at].is_reliable() ? "The reliable message buffer is full."
                                                      : "The outbound message queue is full.");
    }
    overflowed_.clear();
    return delivered;
}

inline result<std::size_t> hub::send(instant now, std::span<const slot> to, const service_message& message,
                                     const payload& data, std::span<const std::string> except) {
    if (auto checked = check_size_and_bytes(data); !checked) return checked.error();
    const auto mark = [&](bool excluded) {
        for (const auto& id : except) {
            if (const slot at = find(id); at != no_slot) outputs_[at].excluded = excluded;
        }
    };
    mark(true);
    const auto delivered = deliver(to, message, &data);
    mark(false);
    settle(now);
    return delivered;
}

inline result<void> hub::check_size_and_bytes(const payload& data) const {
    if (data.bytes.size() > options_.max_payload_size) return errc::frame_too_large;
    return check(data);
}

inline result<std::size_t> hub::send_to_all(instant now, payload data, std::span<const std::string> except) {
    everyone_.clear();
    for (slot at = 0; at < connections_.end(); ++at) {
        if (connections_[at].is_live()) everyone_.push_back(at);
    }
    const service_message message = server_data_message{std::nullopt, std::move(data)};
    return send(now, everyone_, message, std::get<server_data_message>(message).data, except);
}

inline result<std::size_t> hub::send_to_user(instant now, std::string_view user_id, payload data,
                                             std::span<const std::string> except) {
    const service_message message = server_data_message{std::nullopt, std::move(data)};
    return send(now, users_.members(user_id), message, std::get<server_data_message>(message).data, except);
}

/// A group message without a sender (subprotocols.md section 3.3).
inline result<std::size_t> hub::send_to_group(instant now, std::string_view group, payload data,
                                              std::span<const std::string> except) {
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    const service_message message = group_data_message{std::nullopt, std::string(group), std::move(data), {}};
    return send(now, groups_.members(group), message, std::get<group_data_message>(message).data, except);
}

inline result<std::size_t> hub::send_to_connection(instant now, std::string_view connection_id, payload data) {
    const slot at = find(connection_id);
    const service_message message = server_data_message{std::nullopt, std::move(data)};
    return send(now, {&at, at == no_slot ? std::size_t{0} : 1}, message, std::get<server_data_message>(message).data,
                {});
}

/// False if that were one group too many.
inline bool hub::join(slot at, std::string_view group) {
    const auto limit = options_.max_groups_per_connection;
    if (limit != 0 && groups_.count_of(at) >= limit && !groups_.contains(group, at)) return false;
    groups_.join(group, at);
    return true;
}

inline result<void> hub::add_to_group(instant, std::string_view connection_id, std::string_view group) {
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    const slot at = find(connection_id);
    if (at == no_slot) return errc::unknown_target;
    if (!join(at, group)) return errc::too_many_groups;
    return {};
}

inline result<void> hub::remove_from_group(instant now, std::string_view connection_id, std::string_view group) {
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    const slot at = find(connection_id);
    if (at == no_slot) return errc::unknown_target;
    leave(now, at, group);
    settle(now);
    return {};
}

inline result<void> hub::remove_from_all_groups(instant now, std::string_view connection_id) {
    const slot at = find(connection_id);
    if (at == no_slot) return errc::unknown_target;
    groups_.leave_all(at);
    states_.unwatch_all(at);
    while (const auto group = states_.any_of(at)) publish_change(*group, *states_.clear(at, *group, now.wall));
    settle(now);
    return {};
}

inline result<void> hub::grant(instant, std::string_view connection_id, permission what, std::string_view group) {
    const slot at = find(connection_id);
    if (at == no_slot) return errc::unknown_target;
    return connections_[at].permissions.grant(what, group);
}

inline result<void> hub::revoke(instant, std::string_view connection_id, permission what, std::string_view group) {
    const slot at = find(connection_id);
    if (at == no_slot) return errc::unknown_target;
    return connections_[at].permissions.revoke(what, group);
}

inline result<void> hub::close_connection(instant now, std::string_view connection_id, std::string_view reason) {
    const slot at = find(connection_id);
    if (at == no_slot) return errc::unknown_target;
    std::string text = "Application server closed the connection.";
    if (!reason.empty()) text.append(" Reason: ").append(reason);
    say_goodbye(at, text);
    close(now, at, close_code::normal, {}, text);
    settle(now);
    return {};
}

inline hub::slot hub::find(std::string_view connection_id) const {
    const auto found = by_id_.find(connection_id);
    return found != by_id_.end() && connections_[found->second].is_live() ? found->second : no_slot;
}

inline bool hub::connection_exists(std::string_view connection_id) const { return find(connection_id) != no_slot; }

inline bool hub::is_in_group(std::string_view connection_id, std::string_view group) const {
    const slot at = find(connection_id);
    return at != no_slot && groups_.contains(group, at);
}

inline bool hub::has_permission(std::string_view connection_id, permission what, std::string_view group) const {
    const slot at = find(connection_id);
    return at != no_slot && connections_[at].permissions.allows(what, group);
}

inline std::string_view hub::connection_of(transport_id transport) const {
    const auto* const found = outputs_.find(transport);
    if (found == nullptr || found->connection == no_slot) return {};
    return connections_[found->connection].id;
}

} // namespace webpubsub
