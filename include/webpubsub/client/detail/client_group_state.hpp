// SPDX-License-Identifier: MIT
#pragma once

// The part of `client` that keeps a state in a group and watches those of others (subprotocols.md section 11).

#include <webpubsub/client/client.hpp>
#include <webpubsub/text/utf8.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

inline const group_state_view::map* client::group_states(std::string_view group) const {
    const auto found = states_.find(group);
    return found == states_.end() ? nullptr : &found->second.states();
}

inline result<ack_id> client::set_group_state(steady_time now, std::string_view group, string_map state,
                                              const request_options& options) {
    if (auto allowed = may_request(false); !allowed) return allowed.error();
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    detail::keep_last_of_each_key(state);
    std::size_t size = 0;
    for (const auto& [key, value] : state) {
        if (!is_utf8(key) || !is_utf8(value)) return errc::invalid_utf8;
        size += key.size() + value.size();
    }
    if (size > options_.max_group_state_size) return errc::state_too_large;
    tracked_request request;
    request.tag = options.tag;
    return submit(now, set_group_state_message{std::string(group), {}, std::move(state)}, std::move(request));
}

inline result<ack_id> client::clear_group_state(steady_time now, std::string_view group,
                                                const request_options& options) {
    return submit_for_group<set_group_state_message>(now, group, purpose::other, options);
}

inline result<ack_id> client::subscribe_group_state(steady_time now, std::string_view group,
                                                    const request_options& options) {
    if (states_.size() >= options_.max_groups && !states_.contains(group)) return errc::too_many_groups;
    const auto id = submit_for_group<subscribe_group_state_message>(now, group, purpose::subscribe, options);
    // The snapshot may come before the ack, which is lost with a transport while the snapshot is sent again.
    if (id) states_.try_emplace(std::string(group), options_.group_states);
    return id;
}

inline result<ack_id> client::unsubscribe_group_state(steady_time now, std::string_view group,
                                                      const request_options& options) {
    const auto id = submit_for_group<unsubscribe_group_state_message>(now, group, purpose::unsubscribe, options);
    if (!id) return id;
    requests_.overtake(group, purpose::unsubscribe);
    drop_group_state(group);
    return id;
}

inline void client::drop_group_state(std::string_view group) {
    if (const auto found = states_.find(group); found != states_.end()) states_.erase(found);
    if (const auto found = subscriptions_.find(group); found != subscriptions_.end()) subscriptions_.erase(found);
}

inline void client::receive(steady_time now, std::size_t size, group_state_snapshot_message& message) {
    if (state_ != client_state::connected) return report(now, errc::unexpected_message);
    if (!take_sequence_id(now, size, message.sequence_id)) return;
    const auto found = states_.find(message.group);
    if (found == states_.end()) return;
    push(client_events::group_states_changed{std::move(message.group), found->second.replace(std::move(message.items)),
                                             true});
}

inline void client::receive(steady_time now, std::size_t size, group_state_update_message& message) {
    if (state_ != client_state::connected) return report(now, errc::unexpected_message);
    if (!take_sequence_id(now, size, message.sequence_id)) return;
    const auto found = states_.find(message.group);
    if (found == states_.end()) return;
    auto changed = found->second.update(std::move(message.items));
    if (changed.empty()) return;
    push(client_events::group_states_changed{std::move(message.group), std::move(changed), false});
}

} // namespace webpubsub
