// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>

#include <utility>
#include <variant>

// What clients ask of a hub: subprotocols.md sections 2, 5 and 13, sessions.md section 5, permissions.md section 4.

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// The close reason for a frame that can't be taken (subprotocols.md sections 1, 7.5 and 13).
inline std::string_view bad_frame_reason(std::uint16_t code, const std::optional<service_codec>& protocol) noexcept {
    const auto encoding = protocol ? protocol->protocol().encoding : encoding::none;
    switch (code) {
    case close_code::unsupported_data:
        return encoding == encoding::protobuf ? "The protobuf.webpubsub.azure.v1 subprotocol requires binary messages."
                                              : "The JSON subprotocol requires text messages.";
    case close_code::invalid_payload:
        switch (encoding) {
        case encoding::json: return "The client message is not a valid JSON protocol message.";
        case encoding::protobuf:
            return "The client message is not a valid protobuf.webpubsub.azure.v1 protocol message.";
        case encoding::none: break;
        }
        return "The client message is not valid UTF-8.";
    case close_code::message_too_big: return "The client message is too large.";
    default: return "The client frame is invalid.";
    }
}

} // namespace detail

inline void hub::handle_frame(instant now, transport_id id, frame_kind kind, std::string_view bytes) {
    begin(now);
    const auto* const transport = outputs_.find(id);
    if (transport == nullptr || transport->state != detail::transport_state::open) {
        ++counters_.late_inputs;
        return;
    }
    receive(now, transport->connection, kind, bytes);
    settle(now);
}

inline void hub::receive(instant now, slot at, frame_kind kind, std::string_view bytes) {
    const auto& protocol = connections_[at].protocol;
    if (bytes.size() > options_.max_frame_size) return close_bad_frame(now, at, close_code::message_too_big);
    if (protocol && kind != protocol->protocol().frames())
        return close_bad_frame(now, at, close_code::unsupported_data);
    if (!read(at, kind, bytes)) return close_bad_frame(now, at, close_code::invalid_payload);
    if (!answer_at_once(at, incoming_)) take(now, at, incoming_, bytes.size());
}

inline void hub::handle_bad_frame(instant now, transport_id id, std::uint16_t code) {
    begin(now);
    const auto* const transport = outputs_.find(id);
    if (transport == nullptr || transport->state != detail::transport_state::open) {
        ++counters_.late_inputs;
        return;
    }
    close_bad_frame(now, transport->connection, code);
    settle(now);
}

inline void hub::close_bad_frame(instant now, slot at, std::uint16_t code) {
    const auto reason = detail::bad_frame_reason(code, connections_[at].protocol);
    close(now, at, code, reason, reason);
}

/// Reads one frame into `incoming_`. What a simple client sends is an event `message`, or a message to its one group
/// (sessions.md section 5).
inline result<void> hub::read(slot at, frame_kind kind, std::string_view bytes) {
    const auto& protocol = connections_[at].protocol;
    if (!protocol) {
        if (kind == frame_kind::text && !is_utf8(bytes)) return errc::invalid_utf8;
        const auto type = kind == frame_kind::text ? data_type::text : data_type::binary;
        payload data{type, std::string(bytes)};
        if (const auto& mode = connections_[at].publishes_to) {
            incoming_ = send_to_group_message{mode->group, std::nullopt, mode->no_echo, std::move(data)};
        } else {
            incoming_ = event_message{"message", std::nullopt, std::move(data)};
        }
        return {};
    }
    if (auto decoded = protocol->decode(bytes, incoming_); !decoded) return decoded.error();
    return std::visit(
        [&](const auto& message) -> result<void> {
            if constexpr (requires { message.group; }) {
                if (!is_valid_group_name(message.group)) return errc::invalid_group_name;
            }
            if constexpr (requires { message.event; }) {
                if (!is_valid_event_name(message.event)) return errc::invalid_event_name;
            }
            // What this codec has checked may be copied into frames of the others, which must be able to vouch for it.
            if constexpr (requires(const payload*& data) { data = &message.data; }) {
                return check(message.data, &*protocol);
            }
            if constexpr (requires(const std::optional<payload>*& data) { data = &message.data; }) {
                if (message.data) return check(*message.data, &*protocol);
            }
            return {};
        },
        incoming_);
}

/// By every codec whose frames it may become part of, but `checked_by`.
inline result<void> hub::check(const payload& data, const service_codec* checked_by) const {
    for (const auto& form : outputs_.forms()) {
        if (checked_by != nullptr && form.shares_bodies_with(*checked_by)) continue;
        if (auto checked = form.check(data); !checked) return checked;
    }
    if (outputs_.forms().empty() && detail::bare_frame_kind(data.type) == frame_kind::text && !is_utf8(data.bytes)) {
        return errc::invalid_payload;
    }
    return {};
}

/// What needs no turn: it passes an event that waits for its answer.
inline bool hub::answer_at_once(slot at, const client_message& message) {
    if (const auto* confirmed = std::get_if<sequence_ack_message>(&message)) {
        outputs_[at].queue.acknowledge(outputs_.pool(), confirmed->sequence_id);
        return true;
    }
    if (const auto* cancelled = std::get_if<cancel_invocation_message>(&message)) {
        if (const auto id = invocations_.number_of(at, cancelled->invocation_id)) cancel_invocation(*id);
        return true;
    }
    if (!std::holds_alternative<ping_message>(message)) return false;
    send_control(at, pong_message{});
    return true;
}

/// Requests of one connection are processed one after another (subprotocols.md section 5.2), and an event is not done
/// before its answer.
inline void hub::take(instant now, slot at, client_message& message, std::size_t size) {
    const auto* const invoke = std::get_if<invoke_message>(&message);
    const event_id id = invoke != nullptr ? expect_invocation(at, *invoke) : 0;
    if (invoke != nullptr && id == 0) return;
    auto& it = connections_[at];
    if (it.pending_event == 0) return execute(now, at, message, id);
    const auto& limits = options_.waiting_requests;
    if (it.waiting.size() >= limits.frames || it.waiting_bytes + size > limits.bytes) {
        constexpr std::string_view reason = "Too many requests wait for the answer to an event.";
        return close(now, at, close_code::policy_violation, reason, reason);
    }
    it.waiting.push_back({std::move(message), size, id});
    it.waiting_bytes += size;
}

inline void hub::execute_waiting(instant now, slot at) {
    auto& it = connections_[at];
    while (it.is_live() && it.pending_event == 0 && !it.waiting.empty()) {
        auto next = std::move(it.waiting.front());
        it.waiting.pop_front();
        it.waiting_bytes -= next.size;
        execute(now, at, next.message, next.invocation);
    }
    if (it.is_live()) close_idle_streams(now, at);
}

inline void hub::execute(instant now, slot at, client_message& message, event_id invocation) {
    std::visit(overloaded{
                   [&](invoke_message& request) { raise(now, at, request, invocation); },
                   [](sequence_ack_message&) {},
                   [](ping_message&) {},
                   [](cancel_invocation_message&) {},
                   [&](auto& request) { execute(now, at, request); },
               },
               message);
}

inline void hub::execute(instant, slot at, join_group_message& message) {
    if (is_repeated(at, message.ack_id)) return;
    if (!connections_[at].permissions.allows(permission::join_leave_group, message.group)) {
        return fail(at, message.ack_id, detail::forbidden("join", message.group));
    }
    if (!join(at, message.group)) {
        return fail(at, message.ack_id, detail::bad_request("The connection is in as many groups as it may be."));
    }
    succeed(at, message.ack_id);
}

inline void hub::execute(instant now, slot at, leave_group_message& message) {
    if (is_repeated(at, message.ack_id)) return;
    if (!connections_[at].permissions.allows(permission::join_leave_group, message.group)) {
        return fail(at, message.ack_id, detail::forbidden("leave", message.group));
    }
    leave(now, at, message.group);
    succeed(at, message.ack_id);
}

/// Takes the strings out of the message.
inline void hub::execute(instant now, slot at, send_to_group_message& message) {
    if (is_repeated(at, message.ack_id)) return;
    const auto& sender = connections_[at];
    if (sender.publishes_to && !may_publish(at)) return close_unauthorized(now, at);
    if (!sender.permissions.allows(permission::send_to_group, message.group)) {
        return fail(at, message.ack_id, detail::forbidden("send to", message.group));
    }
    auto& sent = outgoing_group_message();
    std::swap(sent.group, message.group);
    std::swap(sent.data, message.data);
    std::swap(sent.metadata, message.metadata);
    sent.from_user_id = sender.user_id;
    sent.stream.reset();
    deliver(groups_.members(sent.group), outgoing_, &sent.data, message.no_echo ? at : no_slot,
            detail::end_of_life(now, std::chrono::seconds(message.ttl_seconds)));
    succeed(at, message.ack_id);
}

/// `outgoing_` with whatever it held last.
inline group_data_message& hub::outgoing_group_message() {
    auto* const message = std::get_if<group_data_message>(&outgoing_);
    return message != nullptr ? *message : outgoing_.emplace<group_data_message>();
}

inline void hub::execute(instant now, slot at, event_message& message) {
    if (is_repeated(at, message.ack_id)) return;
    auto& it = connections_[at];
    const auto id = ++last_event_;
    it.pending_event = id;
    it.pending_ack = message.ack_id;
    waiting_events_.emplace(id, at);
    timers_.set({timer_kind::answering, id}, now.steady + options_.event_timeout);
    events_.push_back(user_event{id, it.id, it.user_id, std::move(message.event), std::move(message.data),
                                 std::move(message.metadata)});
}

inline result<void> hub::answer_event(instant now, event_id id, std::optional<payload> answer) {
    begin(now);
    const auto found = waiting_events_.find(id);
    if (found == waiting_events_.end()) return errc::unknown_target;
    if (answer) {
        if (auto checked = check_size_and_bytes(*answer); !checked) return checked;
    }
    const slot at = found->second;
    const auto ack = finish_event(at);
    // The message goes before the ack (subprotocols.md section 2.3).
    if (answer) {
        const service_message message = server_data_message{std::nullopt, std::move(*answer)};
        deliver({&at, 1}, message, &std::get<server_data_message>(message).data);
    }
    succeed(at, ack);
    execute_waiting(now, at);
    settle(now);
    return {};
}

inline result<void> hub::fail_event(instant now, event_id id) {
    begin(now);
    const auto found = waiting_events_.find(id);
    if (found == waiting_events_.end()) return errc::unknown_target;
    constexpr std::string_view reason = "Internal server error";
    const slot at = found->second;
    const auto ack = finish_event(at);
    if (!connections_[at].protocol || options_.drop_on_failed_event) {
        close(now, at, close_code::internal_error, reason, reason);
    } else {
        fail(at, ack, {std::string(error_names::internal_server_error), std::string(reason)});
        execute_waiting(now, at);
    }
    settle(now);
    return {};
}

/// The connection's requests may go on. Gives the ack that the client wants.
inline std::optional<ack_id> hub::finish_event(slot at) {
    auto& it = connections_[at];
    waiting_events_.erase(it.pending_event);
    timers_.cancel({timer_kind::answering, it.pending_event});
    it.pending_event = 0;
    return std::exchange(it.pending_ack, std::nullopt);
}

/// An id that was used with success is answered and nothing else is done; all kinds of requests share the ids.
inline bool hub::is_repeated(slot at, std::optional<ack_id> id) {
    if (!id || !connections_[at].acks.contains(*id)) return false;
    fail(at, id,
         {std::string(error_names::duplicate), "Message with ack-id: " + std::to_string(*id) + " has been processed"});
    return true;
}

/// The connection may have ended by the effect of its request.
inline void hub::succeed(slot at, std::optional<ack_id> id) {
    if (!id || !connections_[at].is_live()) return;
    connections_[at].acks.add(*id);
    send_control(at, ack_message{*id, std::nullopt});
}

/// The id stays free, so that the client can try again.
inline void hub::fail(slot at, std::optional<ack_id> id, service_error error) {
    if (id) send_control(at, ack_message{*id, std::move(error)});
}

/// Acks and pongs are not kept for a client that is away (sessions.md section 7.1 (5)).
inline void hub::send_control(slot at, const service_message& message) {
    if (!outputs_.has_transport(at)) return;
    const auto frame = detail::encode_frame(outputs_.pool(), *connections_[at].protocol, message);
    if (outputs_.push_control(at, frame)) return;
    outputs_.pool().release(frame);
    close_slow(at, "The outbound message queue is full.");
}

} // namespace webpubsub
