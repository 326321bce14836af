// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>

#include <string>
#include <string_view>
#include <utility>

// What connections keep in groups, and who is told of it: subprotocols.md section 11, permissions.md section 4.

namespace webpubsub::inline WEBPUBSUB_MODE {

inline void hub::execute(instant now, slot at, set_group_state_message& message) {
    if (is_repeated(at, message.ack_id)) return;
    const auto& it = connections_[at];
    const auto refuse = [&](service_error error) { fail(at, message.ack_id, std::move(error)); };
    if (!it.permissions.allows(permission::set_group_state, message.group)) {
        return refuse(detail::forbidden("Permission denied."));
    }
    if (!groups_.contains(message.group, at)) return refuse(detail::forbidden("Not a member of group."));
    if (!message.state) {
        if (auto change = states_.clear(at, message.group, now.wall)) publish_change(message.group, std::move(*change));
        return succeed(at, message.ack_id);
    }
    if (state_size(*message.state) > options_.max_group_state_size) {
        return refuse(detail::bad_request("State payload exceeds maximum size " +
                                          std::to_string(options_.max_group_state_size) + " bytes."));
    }
    if (states_.count_of(at) >= options_.max_group_states && !states_.has_state(at, message.group)) {
        return refuse(detail::bad_request("The connection has a state in as many groups as it may have."));
    }
    publish_change(message.group,
                   states_.set(at, it.id, it.user_id, message.group, std::move(*message.state), now.wall));
    succeed(at, message.ack_id);
}

/// The snapshot comes after the ack; it takes its place among the messages that a recovery replays, the ack does not.
inline void hub::execute(instant, slot at, subscribe_group_state_message& message) {
    if (is_repeated(at, message.ack_id)) return;
    const auto refuse = [&](std::string text) { fail(at, message.ack_id, detail::forbidden(std::move(text))); };
    if (!connections_[at].permissions.allows(permission::get_group_state, message.group)) {
        return refuse("No permission to get states of group " + message.group + ".");
    }
    if (!groups_.contains(message.group, at)) return refuse("Not a member of group.");
    states_.watch(message.group, at);
    succeed(at, message.ack_id);
    if (!connections_[at].is_live()) return;
    auto items = states_.snapshot(message.group, options_.max_snapshot_items);
    deliver({&at, 1}, group_state_snapshot_message{std::nullopt, std::move(message.group), std::move(items)}, nullptr);
}

inline void hub::execute(instant, slot at, unsubscribe_group_state_message& message) {
    if (is_repeated(at, message.ack_id)) return;
    states_.unwatch(message.group, at);
    succeed(at, message.ack_id);
}

/// Tells everybody who watches, the author too.
inline void hub::publish_change(std::string_view group, group_state_item change) {
    const auto watchers = states_.watchers(group);
    if (watchers.empty()) return;
    group_state_update_message update{std::nullopt, std::string(group), {}};
    update.items.push_back(std::move(change));
    deliver(watchers, std::move(update), nullptr);
}

inline void hub::leave(instant now, slot at, std::string_view group) {
    if (!groups_.leave(group, at)) return;
    if (options_.report_memberships) {
        const auto& member = connections_[at];
        events_.push_back(group_left{member.id, member.user_id, std::string(group)});
    }
    states_.unwatch(group, at);
    if (auto change = states_.clear(at, group, now.wall)) publish_change(group, std::move(*change));
}

} // namespace webpubsub
