// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub_node.hpp>
#include <webpubsub/hub/parts/close_reasons.hpp>
#include <webpubsub/rules/names.hpp>

#include <chrono>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_DECL polled<hub_report> hub_node::poll_report() {
    using kind = hub_reports::interest_kind;
    const auto change = [](kind of, std::string&& name, bool is_wanted) {
        return polled<hub_report>(new hub_report(hub_reports::interest_changed{of, std::move(name), is_wanted}));
    };
    if (auto group = hub_->roster_.take_changed_group()) {
        const bool exists = hub_->roster_.groups().exists(*group);
        return change(kind::group, std::move(*group), exists);
    }
    if (auto user = hub_->roster_.take_changed_user()) {
        const bool exists = hub_->roster_.users().exists(*user);
        return change(kind::user, std::move(*user), exists);
    }
    if (auto group = hub_->group_states_.take_changed_watchers()) {
        const bool exists = hub_->group_states_.watchers().exists(*group);
        return change(kind::watchers, std::move(*group), exists);
    }
    return hub_->reports_.poll();
}

WEBPUBSUB_COLD_DECL result<void> hub_node::release_request(instant now, held_request_id id) {
    hub::call during(*hub_, now);
    const auto at = hub_->requests_.release_by_nodes(during, id);
    if (!at) return at.error();
    hub_->execute_released(during, *at);
    return {};
}

WEBPUBSUB_COLD_DECL result<void> hub_node::release_admission(instant now, admission_id id) {
    hub::call during(*hub_, now);
    return hub_->admissions_.release(during, id);
}

WEBPUBSUB_COLD_DECL result<void> hub_node::refuse_admission(instant now, admission_id id, std::string_view message) {
    const hub::call during(*hub_, now);
    return hub_->admissions_.refuse_by_nodes(id, message);
}

WEBPUBSUB_COLD_DECL result<std::size_t> hub_node::deliver(instant now, const group_data_message& message,
                                                          const send_options& options) {
    hub::call during(*hub_, now);
    if (!is_valid_group_name(message.group)) return errc::invalid_group_name;
    return during.pass_on(message, options);
}

WEBPUBSUB_COLD_DECL result<bool> hub_node::set_foreign_state(instant now, const std::string& group,
                                                             group_state_item change) {
    hub::call during(*hub_, now);
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    if (change.updated_at > std::chrono::floor<update_time::duration>(wall_time::max())) {
        return error::about(errc::invalid_field, "updated_at");
    }
    return hub_->group_states_.set_foreign(during, group, std::move(change));
}

WEBPUBSUB_COLD_DECL void hub_node::forget_foreign_states(instant now, std::string_view id_prefix,
                                                         std::string_view group,
                                                         std::span<const std::string> retained) {
    hub::call during(*hub_, now);
    hub_->group_states_.forget_foreign(during, id_prefix, group, retained);
}

WEBPUBSUB_COLD_DECL void hub_node::announce_state(instant now, std::string_view group, group_state_item change) {
    hub::call during(*hub_, now);
    hub_->group_states_.announce(during, group, std::move(change));
}

WEBPUBSUB_COLD_DECL std::vector<group_state_item> hub_node::list_states(std::string_view group, std::string_view from,
                                                                        std::size_t limit) const {
    return hub_->group_states_.own_states(group, from, limit);
}

WEBPUBSUB_COLD_DECL bool hub_node::wait_for_members(instant now, std::string_view group) {
    const hub::call during(*hub_, now);
    if (!during.has_congested_member(group)) return false;
    hub_->senders_.wait_elsewhere(group);
    return true;
}

WEBPUBSUB_COLD_DECL void hub_node::set_room(instant now, std::string_view group, std::optional<std::uint64_t> room) {
    const hub::call during(*hub_, now);
    hub_->senders_.set_room(group, room);
}

WEBPUBSUB_COLD_DECL std::uint32_t hub_node::room_in_queues() const noexcept {
    const auto& queues = hub_->options_.queues;
    return (queues.outbound.frames < queues.replay.frames ? queues.outbound.frames : queues.replay.frames) / 2;
}

WEBPUBSUB_COLD_DECL result<void> hub_node::set_id_prefix(std::string prefix) {
    auto changed = hub_->options_;
    changed.connections.id_prefix = std::move(prefix);
    if (auto checked = check_options(changed); !checked) return checked;
    hub_->roster_.set_id_prefix(std::move(changed.connections.id_prefix));
    return {};
}

WEBPUBSUB_COLD_DECL std::uint32_t hub_node::slot_of_guest(transport_id guest) const {
    const auto* const transport = hub_->outputs_.find(guest);
    const bool is_open = transport != nullptr && transport->state == hub_parts::transport_state::open;
    return is_open && hub_->roster_.is_guest(transport->connection) ? transport->connection : hub_parts::no_slot;
}

WEBPUBSUB_COLD_DECL void hub_node::write_to_guest(instant now, transport_id guest, frame_kind kind,
                                                  std::string_view bytes) {
    const hub::call during(*hub_, now);
    const auto at = slot_of_guest(guest);
    if (at == hub_parts::no_slot) return;
    hub_->outputs_.push_last(at, hub_parts::frame_owner(hub_parts::make_frame(bytes, kind)));
    hub_->outputs_.set_paused(at, hub_parts::pause_reason::requests, false);
}

WEBPUBSUB_COLD_DECL void hub_node::pause_guest(instant now, transport_id guest, bool is_paused) {
    const hub::call during(*hub_, now);
    const auto at = slot_of_guest(guest);
    if (at != hub_parts::no_slot) hub_->outputs_.set_paused(at, hub_parts::pause_reason::receivers, is_paused);
}

WEBPUBSUB_COLD_DECL void hub_node::close_guest(instant now, transport_id guest, std::uint16_t code,
                                               std::string_view reason) {
    const hub::call during(*hub_, now);
    const auto at = slot_of_guest(guest);
    if (at == hub_parts::no_slot) return;
    hub_->free(at);
    hub_->outputs_.close(*hub_->outputs_.find(guest), code, hub_parts::clip_close_reason(reason));
}

WEBPUBSUB_COLD_DECL void hub_node::refuse_guest(instant now, transport_id guest) {
    const hub::call during(*hub_, now);
    const auto at = slot_of_guest(guest);
    if (at == hub_parts::no_slot) return;
    hub_->free(at);
    hub_->refuse_recovery(*hub_->outputs_.find(guest));
}

WEBPUBSUB_COLD_DECL result<transport_id> hub_node::open_relayed(instant now, std::string subprotocol,
                                                                recovery_request wanted) {
    // A guest is nobody else's guest.
    if (!hub_->roster_.has_id(wanted.connection_id)) return errc::unknown_target;
    connect_request request;
    request.subprotocols.push_back(std::move(subprotocol));
    request.recovery = std::move(wanted);
    const auto outcome = hub_->admit(now, std::move(request));
    const auto* const yes = get_if<accepted>(&outcome);
    if (yes == nullptr) return errc::too_many_pending;
    hub_->outputs_.set_relayed(yes->transport);
    hub_->handle_opened(now, yes->transport);
    return yes->transport;
}

WEBPUBSUB_COLD_DECL polled<hub_order> hub_node::poll_relayed_order() { return hub_->outputs_.poll_relayed_order(); }

WEBPUBSUB_COLD_DECL std::optional<transport_id> hub_node::poll_relayed_ready() {
    return hub_->outputs_.poll_relayed_ready();
}

WEBPUBSUB_COLD_DECL bool hub_node::has_foreign_state(std::string_view group, std::string_view connection_id) const {
    return hub_->group_states_.has_foreign(group, connection_id);
}

WEBPUBSUB_COLD_DECL std::size_t hub_node::foreign_state_count() const noexcept {
    return hub_->group_states_.foreign_count();
}

WEBPUBSUB_COLD_DECL void hub_node::set_publishing(bool possible) noexcept { hub_->reports_.set_publishing(possible); }

} // namespace webpubsub::inline WEBPUBSUB_MODE
