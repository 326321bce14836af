// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/group_states.hpp>
#include <webpubsub/text/utf8.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL group_states::group_states(const client_group_state_options& options) : options_(options) {}

WEBPUBSUB_COLD_DECL result<void> group_states::check(const client_group_state_options&) { return {}; }

WEBPUBSUB_COLD_DECL result<string_map> group_states::check_state(const string_map& state) const {
    for (const auto& [key, value] : state) {
        if (!is_utf8(key) || !is_utf8(value)) return error::about(errc::invalid_utf8, "state");
    }
    auto sent = state;
    detail::keep_last_of_each_key(sent);
    std::size_t size = 0;
    for (const auto& [key, value] : sent) size += key.size() + value.size();
    if (size > options_.max_size)
        return error::exceeds(errc::state_too_large, "group_states.max_size", options_.max_size, size);
    return sent;
}

WEBPUBSUB_COLD_DECL group_state_view* group_states::find(std::string_view group) const {
    const auto* const number = numbers_.find(group);
    return number == nullptr ? nullptr : views_.find(*number);
}

WEBPUBSUB_COLD_DECL const group_state_table* group_states::states_of(std::string_view group) const {
    const auto* const view = find(group);
    return view == nullptr ? nullptr : &view->states();
}

WEBPUBSUB_COLD_DECL void group_states::expect(std::string_view group, bool follows_another) {
    if (numbers_.contains(group)) return;
    numbers_.set(group, ++last_number_);
    auto& view = views_.add(last_number_);
    if (follows_another) view.follow_another();
}

WEBPUBSUB_COLD_DECL void group_states::forget(std::string_view group) {
    const auto* const number = numbers_.find(group);
    if (number == nullptr) return;
    views_.erase(*number);
    numbers_.erase(group);
}

WEBPUBSUB_COLD_DECL void group_states::receive(group_state_snapshot_message& message) {
    auto* const view = find(message.group);
    if (view != nullptr) tell(message.group, view->replace(std::move(message.items), options_), true);
}

WEBPUBSUB_COLD_DECL void group_states::receive(group_state_update_message& message) {
    auto* const view = find(message.group);
    if (view == nullptr) return;
    auto changed = view->update(std::move(message.items), options_);
    if (!changed.empty()) tell(message.group, std::move(changed), false);
}

WEBPUBSUB_COLD_DECL void group_states::tell(std::string& group, std::vector<group_state_item> items, bool snapshot) {
    auto& event = events_.add<client_events::group_states_changed>();
    event.group.swap(group);
    event.items.swap(items);
    event.snapshot = snapshot;
}

WEBPUBSUB_COLD_DECL void group_states::handle_link(steady_time, link_change change) {
    switch (change) {
    case link_change::up:
    case link_change::down:
    case link_change::recovering:
    case link_change::recovered: return;
    case link_change::replaced:
    case link_change::replaced_after_rejected_frame:
        for (std::uint64_t at = 0; auto* const view = views_.find_from(at); ++at) view->clear();
        return;
    case link_change::stopped:
        views_.clear();
        numbers_.clear();
        return;
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
