// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/rules/names.hpp>

#include <utility>

// A hub as one node of several.

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_DECL polled<hub_report> hub::poll_report() {
    using kind = hub_reports::interest_kind;
    const auto change = [](kind of, std::string&& name, bool is_wanted) {
        return polled<hub_report>(new hub_report(hub_reports::interest_changed{of, std::move(name), is_wanted}));
    };
    if (auto group = roster_.take_changed_group()) {
        const bool exists = roster_.groups().exists(*group);
        return change(kind::group, std::move(*group), exists);
    }
    if (auto user = roster_.take_changed_user()) {
        const bool exists = roster_.users().exists(*user);
        return change(kind::user, std::move(*user), exists);
    }
    if (auto group = group_states_.take_changed_watchers()) {
        const bool exists = group_states_.watchers().exists(*group);
        return change(kind::watchers, std::move(*group), exists);
    }
    return reports_.poll();
}

WEBPUBSUB_COLD_DECL result<void> hub::release_node_hold(instant now, held_request_id id) {
    call during(*this, now);
    const auto at = requests_.release(during, id, hub_parts::holder::nodes);
    if (!at) return at.error();
    execute_waiting(during, *at);
    return {};
}

WEBPUBSUB_COLD_DECL result<void> hub::release_admission(instant now, admission_id id) {
    call during(*this, now);
    return admissions_.release(during, id);
}

WEBPUBSUB_COLD_DECL result<std::size_t> hub::deliver(instant now, const group_data_message& message,
                                                     const send_options& options) {
    call during(*this, now);
    if (!is_valid_group_name(message.group)) return errc::invalid_group_name;
    return during.pass_on(message, options);
}

WEBPUBSUB_COLD_DECL result<bool> hub::set_foreign_state(instant now, const std::string& group,
                                                        group_state_item change) {
    call during(*this, now);
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    return group_states_.set_foreign(during, group, std::move(change));
}

WEBPUBSUB_COLD_DECL void hub::forget_foreign_states(instant now, std::string_view id_prefix, std::string_view group,
                                                    std::span<const std::string> retained) {
    call during(*this, now);
    group_states_.forget_foreign(during, id_prefix, group, retained);
}

WEBPUBSUB_COLD_DECL void hub::announce_state(instant now, std::string_view group, group_state_item change) {
    call during(*this, now);
    group_states_.announce(during, group, std::move(change));
}

WEBPUBSUB_COLD_DECL std::vector<group_state_item> hub::list_states(std::string_view group, std::string_view from,
                                                                   std::size_t limit) const {
    return group_states_.own_states(group, from, limit);
}

WEBPUBSUB_COLD_DECL result<void> hub::set_id_prefix(std::string prefix) {
    auto changed = options_;
    changed.connections.id_prefix = std::move(prefix);
    if (auto checked = check_options(changed); !checked) return checked;
    roster_.set_id_prefix(std::move(changed.connections.id_prefix));
    return {};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
