// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>

#include <utility>
#include <variant>

// What the application asks of a hub, and the fan-out, which client requests use too.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Gives the message to the queue of each of `to` but `except` and excluded ones; simple clients get `data` if there is
/// some. A connection whose queue is full is closed when all the others have it, so that nobody leaves a group while
/// its members are walked.
inline std::size_t hub::deliver(std::span<const slot> to, const service_message& message, const payload* data,
                                slot except, steady_time expires) {
    std::size_t delivered = 0;
    {
        detail::shared_message shared(outputs_.pool(), outputs_.forms(), message, data, expires);
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

template <class Message>
result<std::size_t> hub::send(instant now, std::span<const slot> to, Message message, send_options options) {
    begin(now);
    if (auto checked = check_size_and_bytes(message.data); !checked) return checked.error();
    if (auto checked = check_metadata(options.metadata); !checked) return checked.error();
    const auto life = options.time_to_live;
    if (life < life.zero() || life > std::chrono::seconds(max_ttl_seconds)) return errc::invalid_field;
    message.metadata = std::move(options.metadata);
    const auto mark = [&](bool excluded) {
        for (const auto& id : options.except) {
            if (const slot at = find(id); at != no_slot) outputs_[at].excluded = excluded;
        }
    };
    mark(true);
    const service_message sent = std::move(message);
    const auto delivered = deliver(to, sent, &std::get<Message>(sent).data, no_slot, detail::end_of_life(now, life));
    mark(false);
    settle(now);
    return delivered;
}

inline result<void> hub::check_size_and_bytes(const payload& data) const {
    if (data.bytes.size() > options_.max_payload_size) return errc::frame_too_large;
    return check(data);
}

inline result<std::size_t> hub::send_to_all(instant now, payload data, send_options options) {
    everyone_.clear();
    for (slot at = 0; at < connections_.end(); ++at) {
        if (connections_[at].is_live()) everyone_.push_back(at);
    }
    return send(now, everyone_, server_data_message{std::nullopt, std::move(data)}, std::move(options));
}

inline result<std::size_t> hub::send_to_user(instant now, std::string_view user_id, payload data,
                                             send_options options) {
    return send(now, users_.members(user_id), server_data_message{std::nullopt, std::move(data)}, std::move(options));
}

/// A group message without a sender (subprotocols.md section 3.3).
inline result<std::size_t> hub::send_to_group(instant now, std::string_view group, payload data, send_options options) {
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    group_data_message message{std::nullopt, std::string(group), std::move(data), {}};
    return send(now, groups_.members(group), std::move(message), std::move(options));
}

inline result<std::size_t> hub::send_to_connection(instant now, std::string_view connection_id, payload data,
                                                   send_options options) {
    const slot at = find(connection_id);
    return send(now, {&at, at == no_slot ? std::size_t{0} : 1}, server_data_message{std::nullopt, std::move(data)},
                std::move(options));
}

/// False if that were one group too many.
inline bool hub::join(slot at, std::string_view group) {
    const auto limit = options_.max_groups_per_connection;
    if (limit != 0 && groups_.count_of(at) >= limit && !groups_.contains(group, at)) return false;
    if (groups_.join(group, at) && options_.report_memberships) {
        const auto& member = connections_[at];
        events_.push_back(group_joined{member.id, member.user_id, std::string(group)});
    }
    return true;
}

/// With the end of the connection, whose states are left to `settle`.
inline void hub::leave_all(slot at) {
    if (options_.report_memberships) {
        const auto& member = connections_[at];
        groups_.for_each_group(at, [&](const std::string& group) {
            events_.push_back(group_left{member.id, member.user_id, group});
        });
    }
    groups_.leave_all(at);
}

inline result<void> hub::add_to_group(instant, std::string_view connection_id, std::string_view group) {
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    const slot at = find(connection_id);
    if (at == no_slot) return errc::unknown_target;
    if (!join(at, group)) return errc::too_many_groups;
    return {};
}

inline result<void> hub::remove_from_group(instant now, std::string_view connection_id, std::string_view group) {
    begin(now);
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    const slot at = find(connection_id);
    if (at == no_slot) return errc::unknown_target;
    leave(now, at, group);
    settle(now);
    return {};
}

inline result<void> hub::remove_from_all_groups(instant now, std::string_view connection_id) {
    begin(now);
    const slot at = find(connection_id);
    if (at == no_slot) return errc::unknown_target;
    std::vector<std::string> groups;
    groups_.for_each_group(at, [&](const std::string& group) { groups.push_back(group); });
    for (const auto& group : groups) leave(now, at, group);
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
    begin(now);
    const slot at = find(connection_id);
    if (at == no_slot) return errc::unknown_target;
    if (!is_utf8(reason)) return errc::invalid_utf8;
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
