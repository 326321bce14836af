// SPDX-License-Identifier: MIT
#pragma once

// The client's requests and what it receives, each handed to the part that it concerns.

#include <webpubsub/client/client.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>

#include <utility>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE {

using client_parts::request_kind;

// --- requests --------------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL result<void> client::may_request() const {
    if (link_.state() == client_state::stopped || finish_by_) return errc::stopped;
    if (is_raw()) return errc::not_this_mode;
    if (link_.state() == client_state::idle) return errc::not_started;
    return {};
}

/// `message` carries the id that it will have.
WEBPUBSUB_DECL result<ack_id> client::submit(request_kind kind, client_message message, std::string_view group,
                                             std::uint64_t tag) {
    if (auto valid = check_validity(message); !valid) return valid.error();
    auto frame = encoder_.encode(message);
    if (!frame) return frame.error();
    if (auto room = requests_.check_room(frame->size()); !room) return room.error();
    const bool acknowledged = kind != request_kind::unacknowledged;
    const auto id = acknowledged ? requests_.next_id() : ack_id{};
    requests_.add(outbox_.draw_ticket(), kind, group, tag, {codec_.protocol().frames(), std::move(*frame)});
    return id;
}

/// A request that has nothing but a group.
WEBPUBSUB_DECL result<ack_id> client::submit_for_group(request_kind kind, std::string_view group, std::uint64_t tag) {
    if (auto allowed = may_request(); !allowed) return allowed.error();
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    if (auto room = requests_.check_room(group.size()); !room) return room.error();
    const auto id = number_of(requests_.next_id());
    std::string name(group);
    switch (kind) {
    case request_kind::join: return submit(kind, join_group_message{std::move(name), id}, group, tag);
    case request_kind::leave: return submit(kind, leave_group_message{std::move(name), id}, group, tag);
    case request_kind::subscribe: return submit(kind, subscribe_group_state_message{std::move(name), id}, group, tag);
    case request_kind::unsubscribe:
        return submit(kind, unsubscribe_group_state_message{std::move(name), id}, group, tag);
    default: return submit(kind, set_group_state_message{std::move(name), id, {}}, group, tag);
    }
}

/// A request of the client's own, which may go on from an earlier connection.
WEBPUBSUB_DECL void client::restore(request_kind kind, const std::string& group) {
    if (requests_.has(kind, group)) return;
    const auto id = number_of(requests_.next_id());
    auto frame = kind == request_kind::rejoin ? encoder_.encode(join_group_message{group, id})
                                              : encoder_.encode(subscribe_group_state_message{group, id});
    requests_.add(outbox_.draw_ticket(), kind, group, 0, {codec_.protocol().frames(), std::move(*frame)});
}

WEBPUBSUB_DECL result<ack_id> client::join_group(steady_time now, std::string_view group,
                                                 const request_options& options) {
    begin(now);
    if (auto room = memberships_.check_room(group); !room) return room.error();
    return submit_for_group(request_kind::join, group, options.tag);
}

WEBPUBSUB_DECL result<ack_id> client::leave_group(steady_time now, std::string_view group,
                                                  const request_options& options) {
    begin(now);
    auto id = submit_for_group(request_kind::leave, group, options.tag);
    if (id) memberships_.leave(group);
    settle();
    return id;
}

WEBPUBSUB_DECL result<ack_id> client::send_to_group(steady_time now, std::string_view group, payload_view data,
                                                    const message_options& options) {
    begin(now);
    if (auto allowed = may_request(); !allowed) return allowed.error();
    if (options.fire_and_forget && link_.state() != client_state::connected) return errc::not_connected;
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    if (auto room = requests_.check_room(data.bytes.size()); !room) return room.error();
    if (auto checked = encoder_.check(data); !checked) return checked.error();
    send_to_group_message message;
    message.group = group;
    if (!options.fire_and_forget) message.ack_id = number_of(requests_.next_id());
    message.no_echo = options.no_echo;
    message.data = data.to_payload();
    message.metadata = options.metadata;
    message.ttl_seconds = options.ttl_seconds;
    detail::keep_last_of_each_key(message.metadata);
    return submit(options.fire_and_forget ? request_kind::unacknowledged : request_kind::message, std::move(message),
                  {}, options.tag);
}

WEBPUBSUB_DECL result<ack_id> client::send_event(steady_time now, std::string_view event, payload_view data,
                                                 const message_options& options) {
    begin(now);
    if (auto allowed = may_request(); !allowed) return allowed.error();
    if (options.fire_and_forget && link_.state() != client_state::connected) return errc::not_connected;
    if (!is_valid_event_name(event)) return errc::invalid_event_name;
    if (auto room = requests_.check_room(data.bytes.size()); !room) return room.error();
    if (auto checked = encoder_.check(data); !checked) return checked.error();
    event_message message;
    message.event = event;
    if (!options.fire_and_forget) message.ack_id = number_of(requests_.next_id());
    message.data = data.to_payload();
    message.metadata = options.metadata;
    detail::keep_last_of_each_key(message.metadata);
    return submit(options.fire_and_forget ? request_kind::unacknowledged : request_kind::event, std::move(message), {},
                  options.tag);
}

WEBPUBSUB_DECL result<ack_id> client::set_group_state(steady_time now, std::string_view group, string_map state,
                                                      const request_options& options) {
    begin(now);
    if (auto allowed = may_request(); !allowed) return allowed.error();
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    auto checked = group_states_.check_state(state);
    if (!checked) return checked.error();
    set_group_state_message message;
    message.group = group;
    message.ack_id = number_of(requests_.next_id());
    message.state = std::move(*checked);
    return submit(request_kind::set_state, std::move(message), group, options.tag);
}

WEBPUBSUB_DECL result<ack_id> client::clear_group_state(steady_time now, std::string_view group,
                                                        const request_options& options) {
    begin(now);
    return submit_for_group(request_kind::set_state, group, options.tag);
}

WEBPUBSUB_DECL result<ack_id> client::subscribe_group_state(steady_time now, std::string_view group,
                                                            const request_options& options) {
    begin(now);
    if (group_states_.states_of(group) == nullptr && group_states_.size() >= options_.groups.max_groups) {
        return error::exceeds(errc::too_many_groups, "groups.max_groups", options_.groups.max_groups,
                              group_states_.size() + 1);
    }
    auto id = submit_for_group(request_kind::subscribe, group, options.tag);
    // The snapshot may come before the ack, which is lost with a transport while the snapshot is sent again.
    if (id) group_states_.expect(group);
    return id;
}

WEBPUBSUB_DECL result<ack_id> client::unsubscribe_group_state(steady_time now, std::string_view group,
                                                              const request_options& options) {
    begin(now);
    auto id = submit_for_group(request_kind::unsubscribe, group, options.tag);
    if (id) memberships_.unsubscribe(group);
    settle();
    return id;
}

WEBPUBSUB_DECL result<void> client::send_frame(steady_time now, frame_kind kind, std::string_view bytes) {
    begin(now);
    if (link_.state() == client_state::stopped || finish_by_) return errc::stopped;
    if (!is_raw()) return errc::not_this_mode;
    if (link_.state() != client_state::connected) return errc::not_connected;
    if (bytes.size() > options_.frames.max_sent_size) {
        return error::exceeds(errc::frame_too_large, "frames.max_sent_size", options_.frames.max_sent_size,
                              bytes.size());
    }
    if (auto room = requests_.check_room(bytes.size()); !room) return room.error();
    if (kind == frame_kind::text) {
        if (const auto at = find_invalid_utf8(bytes); at != std::string_view::npos)
            return error(errc::invalid_utf8, at);
    }
    requests_.add(outbox_.draw_ticket(), request_kind::unacknowledged, {}, 0, {kind, detail::shared_bytes(bytes)});
    return {};
}

// --- received --------------------------------------------------------------------------------------------------------

WEBPUBSUB_DECL result<void> client::handle_frame(steady_time now, transport_id transport, frame_kind kind,
                                                 std::string_view bytes) {
    const auto time = begin(now);
    if (!is_current(transport) || !link_.is_open()) return {};
    if (!events_.has_room()) return errc::events_not_drained;
    ++counters_.frames_received;
    counters_.bytes_received += bytes.size();
    link_.handle_received(time);

    if (const auto limit = options_.frames.max_received_size; bytes.size() > limit) {
        report(error::exceeds(errc::frame_too_large, "frames.max_received_size", limit, bytes.size()));
    } else if (is_raw()) {
        events_.push(client_events::frame_received{kind, std::string(bytes)});
    } else if (kind != codec_.protocol().frames()) {
        report(errc::wrong_frame_kind);
    } else if (const auto notes = codec_.decode(bytes, incoming_); !notes) {
        report(notes.error(), codec_.find_sequence_id(bytes));
    } else {
        dispatch(bytes.size(), *notes);
    }
    settle();
    return {};
}

WEBPUBSUB_DECL void client::dispatch(std::size_t size, const decode_notes& notes) {
    auto& message = incoming_.message();
    if (link_.state() == client_state::recovering && !std::holds_alternative<connected_message>(message)) {
        link_.confirm(time_.now());
        // `recovered` comes before what the frame itself brings.
        settle();
    }
    std::visit([&](auto& alternative) { receive(alternative, size, notes); }, message);
}

WEBPUBSUB_DECL void client::report(const error& problem, std::optional<std::uint64_t> sequence_id) {
    ++counters_.protocol_errors;
    events_.push(client_events::protocol_error{problem, sequence_id});
    if (options_.frames.close_on_malformed) {
        link_.abandon(time_.now(), close_code::invalid_payload, message_of(problem.code));
    }
}

/// Whether a data message is to be delivered: the connection is established, and it did not come before.
WEBPUBSUB_DECL bool client::accept_data(const std::optional<std::uint64_t>& sequence_id, std::size_t size) {
    if (link_.state() != client_state::connected) {
        report(errc::unexpected_message);
        return false;
    }
    if (!sequence_id || !codec_.protocol().reliable) return true;
    const auto expected = sequence_acks_.last() + 1;
    const auto verdict = sequence_acks_.receive(time_.now(), *sequence_id, size);
    if (verdict == client_parts::sequence_acks::verdict::repetition) {
        ++counters_.duplicates_dropped;
        return false;
    }
    if (verdict == client_parts::sequence_acks::verdict::gap) {
        events_.push(client_events::sequence_gap{expected, *sequence_id});
    }
    return true;
}

WEBPUBSUB_DECL void client::receive(ack_message& message, std::size_t, const decode_notes&) {
    ++(requests_.handle_ack(time_.now(), message) ? counters_.acks_received : counters_.unmatched_acks);
}

WEBPUBSUB_DECL void client::receive(group_data_message& message, std::size_t size, const decode_notes& notes) {
    if (!accept_data(message.sequence_id, size)) return;
    if (message.stream) {
        if (!subscriber_.receive(time_.now(), message)) ++counters_.fragments_dropped;
        return;
    }
    events_.push(client_events::group_message{std::move(message), !notes.empty()});
}

WEBPUBSUB_DECL void client::receive(server_data_message& message, std::size_t size, const decode_notes& notes) {
    if (!accept_data(message.sequence_id, size)) return;
    events_.push(client_events::server_message{std::move(message), !notes.empty()});
}

WEBPUBSUB_DECL void client::receive(connected_message& message, std::size_t, const decode_notes&) {
    link_.handle_connected(time_.now(), message);
}

WEBPUBSUB_DECL void client::receive(disconnected_message& message, std::size_t, const decode_notes&) {
    link_.handle_disconnected(message);
}

WEBPUBSUB_DECL void client::receive(pong_message&, std::size_t, const decode_notes&) { requests_.handle_pong(); }

WEBPUBSUB_DECL void client::receive(unknown_message& message, std::size_t size, const decode_notes&) {
    if (link_.state() == client_state::connected && !accept_data(message.sequence_id, size)) return;
    events_.push(client_events::unknown_message_received{std::move(message.type)});
}

WEBPUBSUB_DECL void client::receive(stream_ack_message& message, std::size_t, const decode_notes&) {
    if (!publisher_.handle_ack(time_.now(), message)) ++counters_.unmatched_acks;
}

WEBPUBSUB_DECL void client::receive(stream_nack_message& message, std::size_t, const decode_notes&) {
    if (!publisher_.handle_nack(time_.now(), message)) ++counters_.unmatched_acks;
}

WEBPUBSUB_DECL void client::receive(stream_closed_message& message, std::size_t, const decode_notes&) {
    if (!publisher_.handle_closed(time_.now(), message)) ++counters_.unmatched_acks;
}

WEBPUBSUB_DECL void client::receive(invoke_response_message& message, std::size_t, const decode_notes&) {
    if (!invocations_.handle_response(time_.now(), message)) ++counters_.late_responses;
}

WEBPUBSUB_DECL void client::receive(group_state_snapshot_message& message, std::size_t size, const decode_notes&) {
    if (accept_data(message.sequence_id, size)) group_states_.receive(message);
}

WEBPUBSUB_DECL void client::receive(group_state_update_message& message, std::size_t size, const decode_notes&) {
    if (accept_data(message.sequence_id, size)) group_states_.receive(message);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
