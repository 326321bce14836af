// SPDX-License-Identifier: MIT
#pragma once

// The client's requests and what it receives, each handed to the part that it concerns.

#include <webpubsub/client/client.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/variant.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

using client_parts::request_kind;

// --- requests --------------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL result<void> client::may_request() const {
    if (link_.state() == client_state::stopped || finish_by_.set) return errc::stopped;
    if (is_raw()) return errc::not_this_mode;
    if (link_.state() == client_state::idle) return errc::not_started;
    return {};
}

WEBPUBSUB_COLD_DECL result<void> client::may_send(const message_options& options) const {
    auto allowed = may_request();
    if (allowed && options.fire_and_forget && link_.state() != client_state::connected) return errc::not_connected;
    return allowed;
}

/// Copies what messages of both kinds have.
template <class Message>
result<void> client::fill(Message& message, payload_view data, const message_options& options) const {
    if (auto room = requests_.check_room(data.bytes.size()); !room) return room;
    if (auto checked = encoder_.check(data); !checked) return checked;
    if (!options.fire_and_forget) message.ack_id = number_of(requests_.next_id());
    message.data.type = data.type;
    message.data.bytes = data.bytes;
    return copy_metadata(options.metadata, message.metadata);
}

/// The frame carries the id that the request will have.
WEBPUBSUB_COLD_DECL result<ack_id> client::submit(request_kind kind, const result<detail::shared_bytes>& frame,
                                                  std::string_view group, std::uint64_t tag) {
    if (!frame) return frame.error();
    if (auto room = requests_.check_room(frame->size()); !room) return room.error();
    const bool acknowledged = kind != request_kind::unacknowledged;
    const auto id = acknowledged ? requests_.next_id() : ack_id{};
    requests_.add(outbox_.draw_ticket(), kind, group, tag, {codec_.protocol().frames(), *frame});
    return id;
}

/// A request that has nothing but a group.
WEBPUBSUB_COLD_DECL result<ack_id> client::submit_for_group(request_kind kind, std::string_view group,
                                                            std::uint64_t tag) {
    if (auto allowed = may_request(); !allowed) return allowed.error();
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    if (auto room = requests_.check_room(group.size()); !room) return room.error();
    return submit(kind, encode_for_group(kind, group), group, tag);
}

WEBPUBSUB_COLD_DECL result<detail::shared_bytes> client::encode_for_group(request_kind kind, std::string_view group) {
    const auto encode = [&]<class Message>(Message message) {
        message.group = group;
        message.ack_id = number_of(requests_.next_id());
        return encoder_.encode(message);
    };
    switch (kind) {
    case request_kind::join: return encode(join_group_message());
    case request_kind::leave: return encode(leave_group_message());
    case request_kind::subscribe: return encode(subscribe_group_state_message());
    case request_kind::unsubscribe: return encode(unsubscribe_group_state_message());
    default: return encode(set_group_state_message());
    }
}

/// A request of the client's own, which may go on from an earlier connection.
WEBPUBSUB_COLD_DECL void client::restore(request_kind kind, const std::string& group) {
    if (requests_.has(kind, group)) return;
    const auto id = number_of(requests_.next_id());
    auto frame = kind == request_kind::rejoin ? encoder_.encode_own(join_group_message{group, id})
                                              : encoder_.encode_own(subscribe_group_state_message{group, id});
    requests_.add(outbox_.draw_ticket(), kind, group, 0, {codec_.protocol().frames(), std::move(frame)});
}

WEBPUBSUB_COLD_DECL result<ack_id> client::join_group(steady_time now, std::string_view group,
                                                      const request_options& options) {
    begin(now);
    if (auto room = memberships_.check_room(group); !room) return room.error();
    auto id = submit_for_group(request_kind::join, group, options.tag);
    if (id) memberships_.join(group);
    return id;
}

WEBPUBSUB_COLD_DECL result<ack_id> client::leave_group(steady_time now, std::string_view group,
                                                       const request_options& options) {
    begin(now);
    auto id = submit_for_group(request_kind::leave, group, options.tag);
    if (id) memberships_.leave(group);
    settle();
    return id;
}

WEBPUBSUB_COLD_DECL result<ack_id> client::send_to_group(steady_time now, std::string_view group, payload_view data,
                                                         const message_options& options) {
    begin(now);
    if (auto allowed = may_send(options); !allowed) return allowed.error();
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    send_to_group_message message;
    message.group = group;
    message.no_echo = options.no_echo;
    message.ttl_seconds = options.ttl_seconds;
    if (auto filled = fill(message, data, options); !filled) return filled.error();
    if (options.ttl_seconds > max_ttl_seconds) return errc::invalid_field;
    return submit(options.fire_and_forget ? request_kind::unacknowledged : request_kind::message,
                  encoder_.encode(message), {}, options.tag);
}

WEBPUBSUB_COLD_DECL result<ack_id> client::send_event(steady_time now, std::string_view event, payload_view data,
                                                      const message_options& options) {
    begin(now);
    if (auto allowed = may_send(options); !allowed) return allowed.error();
    if (!is_valid_event_name(event)) return errc::invalid_event_name;
    event_message message;
    message.event = event;
    if (auto filled = fill(message, data, options); !filled) return filled.error();
    return submit(options.fire_and_forget ? request_kind::unacknowledged : request_kind::event,
                  encoder_.encode(message), {}, options.tag);
}

WEBPUBSUB_COLD_DECL result<ack_id> client::set_group_state(steady_time now, std::string_view group,
                                                           const string_map& state, const request_options& options) {
    begin(now);
    if (auto allowed = may_request(); !allowed) return allowed.error();
    if (!is_valid_group_name(group)) return errc::invalid_group_name;
    auto checked = group_states_.check_state(state);
    if (!checked) return checked.error();
    set_group_state_message message;
    message.group = group;
    message.ack_id = number_of(requests_.next_id());
    message.state = std::move(*checked);
    return submit(request_kind::set_state, encoder_.encode(message), group, options.tag);
}

WEBPUBSUB_COLD_DECL result<ack_id> client::clear_group_state(steady_time now, std::string_view group,
                                                             const request_options& options) {
    begin(now);
    return submit_for_group(request_kind::set_state, group, options.tag);
}

WEBPUBSUB_COLD_DECL result<ack_id> client::subscribe_group_state(steady_time now, std::string_view group,
                                                                 const request_options& options) {
    begin(now);
    if (group_states_.states_of(group) == nullptr && group_states_.size() >= options_.groups.max_groups) {
        return error::exceeds(errc::too_many_groups, "groups.max_groups", options_.groups.max_groups,
                              group_states_.size() + 1);
    }
    auto id = submit_for_group(request_kind::subscribe, group, options.tag);
    // The snapshot may come before the ack, which is lost with a transport while the snapshot is sent again.
    if (id) group_states_.expect(group, requests_.ends_subscription(group));
    return id;
}

WEBPUBSUB_COLD_DECL result<ack_id> client::unsubscribe_group_state(steady_time now, std::string_view group,
                                                                   const request_options& options) {
    begin(now);
    auto id = submit_for_group(request_kind::unsubscribe, group, options.tag);
    if (id) memberships_.unsubscribe(group);
    settle();
    return id;
}

WEBPUBSUB_COLD_DECL result<void> client::send_frame(steady_time now, frame_kind kind, std::string_view bytes) {
    begin(now);
    if (link_.state() == client_state::stopped || finish_by_.set) return errc::stopped;
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

WEBPUBSUB_COLD_DECL result<void> client::handle_frame(steady_time now, transport_id transport, frame_kind kind,
                                                      std::string_view bytes) {
    const auto time = begin(now);
    if (!is_current(transport) || !link_.is_open()) return {};
    if (!events_.has_room() && !begins_connection(bytes)) return errc::events_not_drained;
    ++counters_.frames_received;
    counters_.bytes_received += bytes.size();
    link_.handle_received(time);

    if (const auto limit = options_.frames.max_received_size; bytes.size() > limit) {
        report(error::exceeds(errc::frame_too_large, "frames.max_received_size", limit, bytes.size()));
    } else if (is_raw()) {
        auto& event = events_.add<client_events::frame_received>();
        event.kind = kind;
        event.bytes = bytes;
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

/// Whether a frame has to be taken however many events wait: before its connection is up the host was not asked to
/// pause.
WEBPUBSUB_COLD_DECL bool client::begins_connection(std::string_view frame) {
    if (link_.may_write() || is_raw() || frame.size() > options_.frames.max_received_size) return false;
    return codec_.decode(frame, incoming_) && holds_alternative<connected_message>(incoming_.message());
}

WEBPUBSUB_COLD_DECL void client::dispatch(std::size_t size, const decode_notes& notes) {
    auto& message = incoming_.message();
    if (link_.state() == client_state::recovering && !holds_alternative<connected_message>(message)) {
        link_.confirm(time_.now());
        // `recovered` comes before what the frame itself brings. The client may stop there.
        settle();
        if (link_.state() != client_state::connected) return;
    }
    const auto now = time_.now();
    if (auto* const data = get_if<group_data_message>(&message)) {
        receive(*data, size, !notes.empty());
    } else if (auto* const sent = get_if<server_data_message>(&message)) {
        receive(*sent, size, !notes.empty());
    } else if (const auto* const ack = get_if<ack_message>(&message)) {
        ++(requests_.handle_ack(now, *ack) ? counters_.acks_received : counters_.unmatched_acks);
    } else if (holds_alternative<pong_message>(message)) {
        requests_.handle_pong();
    } else if (auto* const connected = get_if<connected_message>(&message)) {
        link_.handle_connected(now, *connected);
    } else if (auto* const disconnected = get_if<disconnected_message>(&message)) {
        link_.handle_disconnected(*disconnected);
    } else if (const auto* const accepted = get_if<stream_ack_message>(&message)) {
        if (!publisher_.handle_ack(now, *accepted)) ++counters_.unmatched_acks;
    } else if (const auto* const refused = get_if<stream_nack_message>(&message)) {
        if (!publisher_.handle_nack(now, *refused)) ++counters_.unmatched_acks;
    } else if (const auto* const closed = get_if<stream_closed_message>(&message)) {
        if (!publisher_.handle_closed(now, *closed)) ++counters_.unmatched_acks;
    } else if (auto* const answer = get_if<invoke_response_message>(&message)) {
        if (!invocations_.handle_response(now, *answer, !notes.empty())) ++counters_.late_responses;
    } else if (auto* const snapshot = get_if<group_state_snapshot_message>(&message)) {
        if (accept_data(snapshot->sequence_id, size)) group_states_.receive(*snapshot);
    } else if (auto* const update = get_if<group_state_update_message>(&message)) {
        if (accept_data(update->sequence_id, size)) group_states_.receive(*update);
    } else if (auto* const unknown = get_if<unknown_message>(&message)) {
        if (link_.state() == client_state::connected && !accept_data(unknown->sequence_id, size)) return;
        events_.add<client_events::unknown_message_received>().type.swap(unknown->type);
    }
}

WEBPUBSUB_COLD_DECL void client::report(const error& problem, std::optional<std::uint64_t> sequence_id) {
    auto& event = events_.add<client_events::protocol_error>();
    event.error = problem;
    event.sequence_id = sequence_id;
    if (options_.frames.close_on_malformed) {
        link_.abandon(time_.now(), close_code::invalid_payload, message_of(problem.code));
    }
}

/// Whether a data message is to be delivered: the connection is established, and it did not come before.
WEBPUBSUB_COLD_DECL bool client::accept_data(const std::optional<std::uint64_t>& sequence_id, std::size_t size) {
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
        auto& event = events_.add<client_events::sequence_gap>();
        event.expected = expected;
        event.received = *sequence_id;
    }
    return true;
}

WEBPUBSUB_COLD_DECL void client::receive(group_data_message& message, std::size_t size, bool text_replaced) {
    if (!accept_data(message.sequence_id, size)) return;
    if (message.stream) {
        if (!subscriber_.receive(time_.now(), message, text_replaced)) ++counters_.fragments_dropped;
        return;
    }
    auto& event = events_.add<client_events::group_message>();
    event.sequence_id = message.sequence_id;
    event.group.swap(message.group);
    event.data.type = message.data.type;
    event.data.bytes.swap(message.data.bytes);
    event.from_user_id.swap(message.from_user_id);
    event.metadata.swap(message.metadata);
    event.text_replaced = text_replaced;
}

WEBPUBSUB_COLD_DECL void client::receive(server_data_message& message, std::size_t size, bool text_replaced) {
    if (!accept_data(message.sequence_id, size)) return;
    auto& event = events_.add<client_events::server_message>();
    event.sequence_id = message.sequence_id;
    event.data.type = message.data.type;
    event.data.bytes.swap(message.data.bytes);
    event.metadata.swap(message.metadata);
    event.text_replaced = text_replaced;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
