// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/orders.hpp>
#include <webpubsub/hub/parts/requests.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/variant.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL arrival requests::arrive(turn& during, std::uint32_t from, const client_message& message, bool altered) {
    using verdict = arrival::verdict;
    arrival it;
    it.what = verdict::in_turn;
    const std::string* group = nullptr;
    if (const auto* const join = get_if<join_group_message>(&message)) {
        group = &join->group;
        it.ack = join->ack_id;
        it.kept = join->group.size();
    } else if (const auto* const leave = get_if<leave_group_message>(&message)) {
        group = &leave->group;
        it.ack = leave->ack_id;
        it.kept = leave->group.size();
    } else if (const auto* const send = get_if<send_to_group_message>(&message)) {
        group = &send->group;
        it.ack = send->ack_id;
        it.kept = send->group.size() + send->data.bytes.size() + kept_size(send->metadata);
        if (!during.is_valid_data(from, send->data)) it.what = verdict::malformed;
    } else if (const auto* const event = get_if<event_message>(&message)) {
        it.ack = event->ack_id;
        it.kept = event->event.size() + event->data.bytes.size() + kept_size(event->metadata);
        if (!altered && !is_valid_event_name(event->event)) it.what = verdict::malformed;
        if (!during.is_valid_data(from, event->data)) it.what = verdict::malformed;
    } else if (const auto* const confirmed = get_if<sequence_ack_message>(&message)) {
        during.out.acknowledge(from, confirmed->sequence_id);
        return {verdict::done, 0, 0, {}};
    } else if (holds_alternative<ping_message>(message)) {
        during.send_control(from, pong_message{});
        return {verdict::done, 0, 0, {}};
    } else {
        return {};
    }
    if (altered) {
        it.what = verdict::refused;
    } else if (group != nullptr && !is_valid_group_name(*group)) {
        it.what = verdict::malformed;
    }
    return it;
}

WEBPUBSUB_DECL std::string_view requests::group_sent_to(const client_message& message) const noexcept {
    const auto* const send = get_if<send_to_group_message>(&message);
    return send != nullptr ? std::string_view(send->group) : std::string_view();
}

WEBPUBSUB_DECL outcome requests::execute(turn& during, std::uint32_t from, client_message& message,
                                         holder released_by) {
    if (auto* const it = get_if<send_to_group_message>(&message)) return execute(during, from, *it);
    if (auto* const it = get_if<event_message>(&message)) return execute(during, from, *it);
    if (auto* const it = get_if<join_group_message>(&message)) return execute(during, from, *it, released_by);
    auto* const leave = get_if<leave_group_message>(&message);
    if (leave == nullptr) return {};
    if (!during.connections[from].permissions.allows(permission::join_leave_group, leave->group)) {
        return failure(forbidden("leave", leave->group));
    }
    if (!during.connections.leave(from, leave->group, during.events)) return success();
    return {outcome::kind::acknowledge, {}, std::move(leave->group)};
}

WEBPUBSUB_DECL outcome requests::execute(turn& during, std::uint32_t from, join_group_message& message,
                                         holder released_by) {
    if (!during.connections[from].permissions.allows(permission::join_leave_group, message.group)) {
        return failure(forbidden("join", message.group));
    }
    const auto possible = during.connections.could_join(from, message.group);
    if (possible == roster::join_outcome::joined) {
        if (during.options.application.hold_joins && released_by < holder::host) {
            return {outcome::kind::held_by_host, {}, {}};
        }
        if (during.reports.are_wanted() && released_by < holder::nodes) return held_by_nodes();
    }
    switch (during.connections.join(from, message.group, during.events)) {
    case roster::join_outcome::too_many_groups:
        return failure(bad_request("The connection is in as many groups as it may be."));
    case roster::join_outcome::hub_is_full: return failure(bad_request("The hub has as many groups as it may have."));
    case roster::join_outcome::joined:
    case roster::join_outcome::was_member: break;
    }
    return success();
}

/// Moves the strings out of the message.
WEBPUBSUB_DECL outcome requests::execute(turn& during, std::uint32_t from, send_to_group_message& message) {
    const auto& sender = during.connections[from];
    if (!sender.permissions.allows(permission::send_to_group, message.group)) {
        if (!sender.publishes_to) return failure(forbidden("send to", message.group));
        // sessions.md section 5
        during.out.schedule_close(from, close_code::policy_violation, unauthorized_mode);
        return done();
    }
    if (!during.reports.can_publish()) return failure(not_publishing());
    auto& sent = during.fan.outgoing_group_message();
    std::swap(sent.group, message.group);
    std::swap(sent.data, message.data);
    std::swap(sent.metadata, message.metadata);
    sent.from_user_id = sender.user_id;
    sent.stream.reset();
    during.publish(sent.data, from, message.no_echo, message.ttl_seconds);
    return success();
}

WEBPUBSUB_DECL outcome requests::execute(turn& during, std::uint32_t from, event_message& message) {
    const auto& it = during.connections[from];
    const auto number = close_gate(during, from, holder::none, during.options.timeouts.answer);
    gates_[from].ack = message.ack_id;
    during.events.push(hub_events::user_event{event_id{number}, it.id, it.user_id, std::move(message.event),
                                              std::move(message.data), std::move(message.metadata)});
    return done();
}

// The gate.

WEBPUBSUB_DECL requests::gate& requests::gate_of(std::uint32_t at) {
    if (at >= gates_.size()) gates_.resize(std::size_t{at} + 1);
    return gates_[at];
}

WEBPUBSUB_DECL bool requests::must_wait(std::uint32_t at) const noexcept {
    return at < gates_.size() && (gates_[at].pending != 0 || !gates_[at].waiting.empty() || !gates_[at].held.empty());
}

WEBPUBSUB_DECL std::size_t requests::waiting(std::uint32_t at) const noexcept {
    return at < gates_.size() ? gates_[at].waiting.size() : 0;
}

WEBPUBSUB_DECL void requests::enqueue(turn& during, std::uint32_t at, waiting_request request) {
    auto& its_gate = gate_of(at);
    const auto& limits = during.options.requests.waiting;
    const auto size = request.size();
    if (its_gate.waiting.size() >= limits.frames || its_gate.waiting_bytes + size > limits.bytes) {
        return during.out.schedule_close(at, close_code::policy_violation, "Too many requests wait.");
    }
    its_gate.waiting.push(new waiting_request(std::move(request)));
    its_gate.waiting_bytes += size;
    note_waiting(during, at);
}

WEBPUBSUB_DECL const waiting_request* requests::next(std::uint32_t at) const noexcept {
    if (at >= gates_.size() || gates_[at].pending != 0) return nullptr;
    const auto& its_gate = gates_[at];
    if (!its_gate.held.empty()) return &its_gate.held[0];
    return its_gate.waiting.empty() ? nullptr : &its_gate.waiting[0];
}

WEBPUBSUB_DECL polled<waiting_request> requests::take_next(turn& during, std::uint32_t at) {
    auto& its_gate = gates_[at];
    if (auto held = its_gate.held.poll()) return held;
    auto next = its_gate.waiting.poll();
    its_gate.waiting_bytes -= next->size();
    note_waiting(during, at);
    return next;
}

WEBPUBSUB_DECL void requests::hold(turn& during, std::uint32_t at, waiting_request request, holder by) {
    const auto number = close_gate(during, at, by, during.options.timeouts.held_request);
    const held_request_id id{number};
    using hub_reports::wait_reason;
    auto why = wait_reason::membership;
    std::string group;
    if (by == holder::own_messages) {
        why = wait_reason::own_messages;
        during.connections[at].has_published = false;
    } else if (const auto* const join = get_if<join_group_message>(&request.message)) {
        group = join->group;
    } else if (const auto* const subscribe = get_if<subscribe_group_state_message>(&request.message)) {
        group = subscribe->group;
        why = wait_reason::states;
    }
    gates_[at].held.push(new waiting_request(std::move(request)));
    if (by == holder::host) {
        during.out.push_order(hub_orders::request_held{id, during.connections[at].id, std::move(group)});
    } else {
        during.reports.push(hub_reports::request_waits{id, why, std::move(group)});
    }
}

/// A client whose requests fill half of their room is not read until they fill less than a quarter.
WEBPUBSUB_DECL void requests::note_waiting(turn& during, std::uint32_t at) {
    const auto& its_gate = gates_[at];
    const auto& limits = during.options.requests.waiting;
    if (its_gate.waiting.size() > limits.frames / 2 || its_gate.waiting_bytes > limits.bytes / 2) {
        during.out.set_paused(at, pause_reason::requests, true);
    } else if (its_gate.waiting.size() <= limits.frames / 4 && its_gate.waiting_bytes <= limits.bytes / 4) {
        during.out.set_paused(at, pause_reason::requests, false);
    }
}

WEBPUBSUB_DECL std::uint64_t requests::close_gate(turn& during, std::uint32_t at, holder held_by,
                                                  std::optional<duration> limit) {
    auto& its_gate = gate_of(at);
    const auto number = during.events.next_number();
    pending_.set({number, 0}, number_of(during.connections.handle_of(at)));
    answers_.set(number, add_saturating(during.now.steady, limit));
    its_gate.pending = number;
    its_gate.held_by = held_by;
    return number;
}

WEBPUBSUB_DECL std::uint32_t requests::find(const turn& during, std::uint64_t number) const {
    const auto* const found = pending_.find({number, 0});
    return found == nullptr ? no_slot : during.connections.find(connection_handle{*found});
}

WEBPUBSUB_DECL std::uint32_t requests::find_event(const turn& during, event_id id) const {
    const auto at = find(during, number_of(id));
    return at != no_slot && gates_[at].held_by == holder::none ? at : no_slot;
}

WEBPUBSUB_DECL requests::gate& requests::open_gate(std::uint64_t number) {
    auto& its_gate = gates_[slot_of(connection_handle{*pending_.find({number, 0})})];
    pending_.erase({number, 0});
    answers_.cancel(number);
    its_gate.pending = 0;
    return its_gate;
}

// Acks.

WEBPUBSUB_DECL bool requests::answer_repetition(turn& during, std::uint32_t at, std::optional<std::uint64_t> ack) {
    if (!ack || at >= gates_.size() || !gates_[at].acks.contains(*ack)) return false;
    during.send_control(
        at, ack_message{*ack, service_error{std::string(error_names::duplicate),
                                            "Message with ack-id: " + std::to_string(*ack) + " has been processed"}});
    return true;
}

WEBPUBSUB_DECL void requests::acknowledge(turn& during, std::uint32_t at, std::optional<std::uint64_t> ack,
                                          std::optional<service_error> error) {
    if (!ack || during.out[at].close_scheduled) return;
    if (!error) {
        auto& acks = gate_of(at).acks;
        if (acks.size() == 0) acks = ack_history(during.options.requests.ack_history, seed_);
        acks.add(*ack);
    }
    during.send_control(at, ack_message{*ack, std::move(error)});
}

WEBPUBSUB_DECL result<std::uint32_t> requests::answer_event(turn& during, event_id id,
                                                            std::optional<payload_view> answer,
                                                            const string_map& metadata) {
    const auto at = find_event(during, id);
    if (at == no_slot) return errc::unknown_target;
    // The message goes before the ack (subprotocols.md section 2.3).
    if (answer) {
        const service_message message = server_data_message{std::nullopt, answer->to_payload(), metadata};
        during.deliver({&at, 1}, message, answer);
    }
    acknowledge(during, at, open_gate(number_of(id)).ack, std::nullopt);
    return at;
}

WEBPUBSUB_DECL result<std::uint32_t> requests::fail_event(turn& during, event_id id) {
    const auto at = find_event(during, id);
    if (at == no_slot) return errc::unknown_target;
    constexpr std::string_view reason = "Internal server error";
    const auto ack = open_gate(number_of(id)).ack;
    if (during.connections.codec_of(at) == nullptr || during.options.application.drop_on_failed_event) {
        during.out.schedule_close(at, close_code::internal_error, reason);
    } else {
        acknowledge(during, at, ack,
                    service_error{std::string(error_names::internal_server_error), std::string(reason)});
    }
    return at;
}

WEBPUBSUB_DECL result<std::uint32_t> requests::release_by_host(const turn& during, held_request_id id) {
    const auto at = find(during, number_of(id));
    if (at == no_slot || gates_[at].held_by != holder::host) return errc::unknown_target;
    return release(at);
}

WEBPUBSUB_DECL result<std::uint32_t> requests::release_by_nodes(const turn& during, held_request_id id) {
    const auto at = find(during, number_of(id));
    const auto by = at == no_slot ? holder::none : gates_[at].held_by;
    if (by == holder::none || by == holder::host) return errc::unknown_target;
    return release(at);
}

WEBPUBSUB_DECL std::uint32_t requests::release(std::uint32_t at) {
    auto& its_gate = gates_[at];
    its_gate.held[0].released_by = its_gate.held_by;
    open_gate(its_gate.pending);
    return at;
}

WEBPUBSUB_DECL result<std::uint32_t> requests::refuse(turn& during, held_request_id id, service_error error) {
    const auto at = find(during, number_of(id));
    if (at == no_slot || gates_[at].held_by == holder::none) return errc::unknown_target;
    const auto refused = open_gate(number_of(id)).held.poll();
    acknowledge(during, at, refused->ack, std::move(error));
    return at;
}

WEBPUBSUB_DECL void requests::handle_change(turn& during, std::uint32_t at, connection_change change) {
    if (at >= gates_.size()) return;
    auto& its_gate = gates_[at];
    if (change == connection_change::recovered) return note_waiting(during, at);
    if (change != connection_change::ended) return;
    if (its_gate.pending != 0) open_gate(its_gate.pending);
    if (!its_gate.waiting.empty() || !its_gate.held.empty()) during.senders.forget(during.connections.handle_of(at));
    its_gate = gate();
}

WEBPUBSUB_DECL std::uint32_t requests::handle_due(turn& during) {
    const auto due = answers_.pop_due(during.now.steady);
    if (!due) return no_slot;
    // Nothing speaks against a request that has only waited for its place.
    const auto at = find(during, *due);
    if (at != no_slot && gates_[at].held_by == holder::own_messages) return release(at);
    const auto failed = fail_event(during, event_id{*due});
    if (failed) return *failed;
    return *refuse(
        during, held_request_id{*due},
        service_error{std::string(error_names::internal_server_error), "The request was not released in time."});
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
