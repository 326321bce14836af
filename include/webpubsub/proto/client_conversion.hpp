// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/validity.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/proto/detail/part_conversion.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/variant.hpp>

#include <webpubsub.v1.pb.h>

#include <utility>

// Client messages as objects of the generated classes, and back. Part of the component `proto`. Written by hand, not
// from the rows, so that one checks the other.

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

inline result<client_message> from_send_to_group(const pb::UpstreamMessage::SendToGroupMessage& in) {
    if (in.has_stream()) {
        if (in.has_data() || in.has_ack_id()) return errc::invalid_field;
        start_stream_message out{in.group(), in.no_echo(), {in.stream().stream_id(), {}}, {}, in.ttl_seconds()};
        if (in.stream().has_idle_timeout_ms()) out.stream.idle_timeout_ms = in.stream().idle_timeout_ms();
        from_generated(in.metadata(), out.metadata);
        return client_message(std::move(out));
    }
    send_to_group_message out{in.group(), ack_id_of(in), in.no_echo(), {}, {}, in.ttl_seconds()};
    const bool has_data = data_from_generated(in.data(), out.data);
    from_generated(in.metadata(), out.metadata);
    if (!has_data && out.metadata.empty()) return errc::missing_field;
    return client_message(std::move(out));
}

inline result<client_message> from_event(const pb::UpstreamMessage::EventMessage& in) {
    if (in.has_stream()) return errc::invalid_field;
    event_message out{in.event(), ack_id_of(in), {}};
    const bool has_data = data_from_generated(in.data(), out.data);
    from_generated(in.metadata(), out.metadata);
    if (!has_data && out.metadata.empty()) return errc::missing_field;
    return client_message(std::move(out));
}

inline result<client_message> from_invoke(const pb::UpstreamMessage::InvokeEventMessage& in) {
    if (in.has_stream()) return errc::invalid_field;
    invoke_message out{in.invocation_id(), in.event()};
    if (payload data; from_generated(in.data(), data)) out.data = std::move(data);
    from_generated(in.metadata(), out.metadata);
    return client_message(std::move(out));
}

inline result<client_message> from_stream_data(const pb::UpstreamMessage::StreamDataMessage& in) {
    if (!in.has_data()) {
        if (in.has_stream_sequence_id()) return errc::invalid_field;
        return client_message(stream_keep_alive_message{in.stream_id()});
    }
    stream_data_message out{in.stream_id(), in.stream_sequence_id(), {}};
    if (!from_generated(in.data(), out.data)) return errc::missing_field;
    return client_message(std::move(out));
}

inline client_message from_stream_end(const pb::UpstreamMessage::StreamEndMessage& in) {
    end_stream_message out{in.stream_id()};
    if (in.has_error()) out.error = stream_abort{in.error().message(), in.error().user_error_code()};
    return out;
}

inline client_message from_set_group_state(const pb::UpstreamMessage::SetGroupStateMessage& in) {
    set_group_state_message out{in.group(), ack_id_of(in)};
    if (in.has_state()) from_generated(in.state().entries(), out.state.emplace());
    return out;
}

inline result<client_message> from_generated(const pb::UpstreamMessage& in) {
    switch (in.message_case()) {
    case pb::UpstreamMessage::kSendToGroupMessage: return from_send_to_group(in.send_to_group_message());
    case pb::UpstreamMessage::kEventMessage: return from_event(in.event_message());
    case pb::UpstreamMessage::kJoinGroupMessage:
        return client_message(join_group_message{in.join_group_message().group(), ack_id_of(in.join_group_message())});
    case pb::UpstreamMessage::kLeaveGroupMessage:
        return client_message(
            leave_group_message{in.leave_group_message().group(), ack_id_of(in.leave_group_message())});
    case pb::UpstreamMessage::kSequenceAckMessage:
        return client_message(sequence_ack_message{in.sequence_ack_message().sequence_id()});
    case pb::UpstreamMessage::kPingMessage: return client_message(ping_message{});
    case pb::UpstreamMessage::kInvokeEventMessage: return from_invoke(in.invoke_event_message());
    case pb::UpstreamMessage::kCancelInvocationMessage:
        return client_message(cancel_invocation_message{in.cancel_invocation_message().invocation_id()});
    case pb::UpstreamMessage::kStreamDataMessage: return from_stream_data(in.stream_data_message());
    case pb::UpstreamMessage::kStreamEndMessage: return from_stream_end(in.stream_end_message());
    case pb::UpstreamMessage::kSetGroupStateMessage: return from_set_group_state(in.set_group_state_message());
    case pb::UpstreamMessage::kSubscribeGroupStateMessage:
        return client_message(subscribe_group_state_message{in.subscribe_group_state_message().group(),
                                                            ack_id_of(in.subscribe_group_state_message())});
    case pb::UpstreamMessage::kUnsubscribeGroupStateMessage:
        return client_message(unsubscribe_group_state_message{in.unsubscribe_group_state_message().group(),
                                                              ack_id_of(in.unsubscribe_group_state_message())});
    case pb::UpstreamMessage::MESSAGE_NOT_SET: break;
    }
    return last_unknown_field(in) == 0 ? errc::missing_field : errc::unknown_type;
}

} // namespace detail

/// The generated object of a client message. Metadata and group states lose the order of their entries.
inline azure::webpubsub::UpstreamMessage to_generated(const client_message& message) {
    azure::webpubsub::UpstreamMessage out;
    const auto request = [](const auto& in, auto& to) {
        to.set_group(in.group);
        if (in.ack_id) to.set_ack_id(*in.ack_id);
    };
    visit(
        overloaded{
            [&](const join_group_message& in) { request(in, *out.mutable_join_group_message()); },
            [&](const leave_group_message& in) { request(in, *out.mutable_leave_group_message()); },
            [&](const start_stream_message& in) {
                auto& to = *out.mutable_send_to_group_message();
                to.set_group(in.group);
                if (in.no_echo) to.set_no_echo(true);
                if (in.ttl_seconds != 0) to.set_ttl_seconds(in.ttl_seconds);
                detail::to_generated(in.metadata, *to.mutable_metadata());
                detail::to_generated(in.stream, *to.mutable_stream());
            },
            [&](const send_to_group_message& in) {
                auto& to = *out.mutable_send_to_group_message();
                request(in, to);
                if (in.no_echo) to.set_no_echo(true);
                if (in.ttl_seconds != 0) to.set_ttl_seconds(in.ttl_seconds);
                detail::to_generated(in.data, *to.mutable_data());
                detail::to_generated(in.metadata, *to.mutable_metadata());
            },
            [&](const event_message& in) {
                auto& to = *out.mutable_event_message();
                to.set_event(in.event);
                if (in.ack_id) to.set_ack_id(*in.ack_id);
                detail::to_generated(in.data, *to.mutable_data());
                detail::to_generated(in.metadata, *to.mutable_metadata());
            },
            [&](const sequence_ack_message& in) {
                out.mutable_sequence_ack_message()->set_sequence_id(in.sequence_id);
            },
            [&](const ping_message&) { out.mutable_ping_message(); },
            [&](const stream_data_message& in) {
                auto& to = *out.mutable_stream_data_message();
                to.set_stream_id(in.stream_id);
                to.set_stream_sequence_id(in.stream_sequence_id);
                detail::to_generated(in.data, *to.mutable_data());
            },
            [&](const stream_keep_alive_message& in) {
                out.mutable_stream_data_message()->set_stream_id(in.stream_id);
            },
            [&](const end_stream_message& in) {
                auto& to = *out.mutable_stream_end_message();
                to.set_stream_id(in.stream_id);
                if (!in.error) return;
                auto& error = *to.mutable_error();
                if (!in.error->message.empty()) error.set_message(in.error->message);
                if (!in.error->user_error_code.empty()) error.set_user_error_code(in.error->user_error_code);
            },
            [&](const invoke_message& in) {
                auto& to = *out.mutable_invoke_event_message();
                to.set_event(in.event);
                to.set_invocation_id(in.invocation_id);
                if (in.data) detail::to_generated(*in.data, *to.mutable_data());
                detail::to_generated(in.metadata, *to.mutable_metadata());
            },
            [&](const cancel_invocation_message& in) {
                out.mutable_cancel_invocation_message()->set_invocation_id(in.invocation_id);
            },
            [&](const set_group_state_message& in) {
                auto& to = *out.mutable_set_group_state_message();
                request(in, to);
                if (in.state) detail::to_generated(*in.state, *to.mutable_state()->mutable_entries());
            },
            [&](const subscribe_group_state_message& in) { request(in, *out.mutable_subscribe_group_state_message()); },
            [&](const unsubscribe_group_state_message& in) {
                request(in, *out.mutable_unsubscribe_group_state_message());
            },
        },
        message);
    return out;
}

/// The message that a generated object stands for. Refused is what the codecs refuse: a message without its kind or its
/// data, and what `check_validity` finds.
[[nodiscard]] inline result<client_message> from_generated(const azure::webpubsub::UpstreamMessage& in) {
    auto message = detail::from_generated(in);
    if (!message) return message;
    if (auto valid = check_validity(*message); !valid) return valid.error();
    return message;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
