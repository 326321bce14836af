// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/group_states.hpp>
#include <webpubsub/text/utf8.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_DECL group_states::group_states(const client_group_state_options& options) : options_(options) {}

WEBPUBSUB_DECL result<void> group_states::check(const client_group_state_options&) { return {}; }

WEBPUBSUB_DECL result<string_map> group_states::check_state(const string_map& state) const {
    for (const auto& [key, value] : state) {
        if (!is_utf8(key) || !is_utf8(value)) return error::about(errc::invalid_utf8, "state");
    }
    auto sent = state;
    detail::keep_last_of_each_key(sent);
    std::size_t size = 0;
    for (const auto& [key, value] : sent) size += key.size() + value.size();
    if (size > options_.max_size) return error::exceeds(errc::state_too_large, "max_size", options_.max_size, size);
    return sent;
}

WEBPUBSUB_DECL const group_state_view::map* group_states::states_of(std::string_view group) const {
    const auto found = views_.find(group);
    return found == views_.end() ? nullptr : &found->second.states();
}

WEBPUBSUB_DECL void group_states::expect(std::string_view group) {
    if (!views_.contains(group)) views_.emplace(std::string(group), group_state_view());
}

WEBPUBSUB_DECL void group_states::forget(std::string_view group) {
    if (const auto found = views_.find(group); found != views_.end()) views_.erase(found);
}

WEBPUBSUB_DECL void group_states::receive(group_state_snapshot_message& message) {
    const auto found = views_.find(message.group);
    if (found == views_.end()) return;
    events_.push(client_events::group_states_changed{std::move(message.group),
                                                     found->second.replace(std::move(message.items), options_), true});
}

WEBPUBSUB_DECL void group_states::receive(group_state_update_message& message) {
    const auto found = views_.find(message.group);
    if (found == views_.end()) return;
    auto changed = found->second.update(std::move(message.items), options_);
    if (changed.empty()) return;
    events_.push(client_events::group_states_changed{std::move(message.group), std::move(changed), false});
}

WEBPUBSUB_DECL void group_states::handle_link(steady_time, link_change change) {
    switch (change) {
    case link_change::up:
    case link_change::down:
    case link_change::recovering:
    case link_change::recovered: return;
    case link_change::replaced:
    case link_change::replaced_by_verdict:
        for (auto& [group, view] : views_) view.clear();
        return;
    case link_change::stopped: views_.clear(); return;
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
