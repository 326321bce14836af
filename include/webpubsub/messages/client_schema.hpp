// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/part_schema.hpp>
#include <webpubsub/variant.hpp>

#include <cstddef>

// The rows of a client's messages (subprotocols.md section 2), in the order of the variant's alternatives; see
// schema.hpp.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

inline constexpr member_row join_group_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("joinGroup").telling_kinds_apart(0),
    member_row("group", 1, WEBPUBSUB_MEMBER(join_group_message, group)).checked(value_check::group),
    member_row("ackId", 2, WEBPUBSUB_MEMBER(join_group_message, ack_id)),
};
inline constexpr schema join_group_message_schema(join_group_message_rows);

inline constexpr member_row leave_group_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("leaveGroup").telling_kinds_apart(0),
    member_row("group", 1, WEBPUBSUB_MEMBER(leave_group_message, group)).checked(value_check::group),
    member_row("ackId", 2, WEBPUBSUB_MEMBER(leave_group_message, ack_id)),
};
inline constexpr schema leave_group_message_schema(leave_group_message_rows);

inline constexpr member_row start_stream_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("sendToGroup").telling_kinds_apart(0),
    member_row("group", 1, WEBPUBSUB_MEMBER(start_stream_message, group)).checked(value_check::group),
    member_row(member_kind::forbidden_number, "ackId", 2),
    member_row("noEcho", 4, WEBPUBSUB_MEMBER(start_stream_message, no_echo)),
    member_row("ttlSeconds", 5, WEBPUBSUB_MEMBER(start_stream_message, ttl_seconds)).checked(value_check::time_to_live),
    member_row(member_kind::forbidden_data, "dataType", 0),
    member_row(member_kind::forbidden_data, "data", 3),
    member_row("metadata", 6, WEBPUBSUB_MEMBER(start_stream_message, metadata)).checked(value_check::metadata),
    member_row("stream", 7, WEBPUBSUB_MEMBER(start_stream_message, stream))
        .of(stream_start_part)
        .telling_kinds_apart(1),
};
inline constexpr schema start_stream_message_schema(start_stream_message_rows);

inline constexpr member_row send_to_group_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("sendToGroup").telling_kinds_apart(0),
    member_row("group", 1, WEBPUBSUB_MEMBER(send_to_group_message, group)).checked(value_check::group),
    member_row("ackId", 2, WEBPUBSUB_MEMBER(send_to_group_message, ack_id)),
    member_row("noEcho", 4, WEBPUBSUB_MEMBER(send_to_group_message, no_echo)),
    member_row("ttlSeconds", 5, WEBPUBSUB_MEMBER(send_to_group_message, ttl_seconds))
        .checked(value_check::time_to_live),
    member_row(member_kind::data_type, "dataType", 0, offsetof(send_to_group_message, data)),
    member_row("data", 3, WEBPUBSUB_MEMBER(send_to_group_message, data)),
    member_row("metadata", 6, WEBPUBSUB_MEMBER(send_to_group_message, metadata)).checked(value_check::metadata),
    member_row(member_kind::discriminator, "stream", 7).telling_kinds_apart(1),
};
inline constexpr schema send_to_group_message_schema(send_to_group_message_rows);

inline constexpr member_row event_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("event").telling_kinds_apart(0),
    member_row("event", 1, WEBPUBSUB_MEMBER(event_message, event)).checked(value_check::event),
    member_row("ackId", 3, WEBPUBSUB_MEMBER(event_message, ack_id)),
    member_row(member_kind::data_type, "dataType", 0, offsetof(event_message, data)),
    member_row("data", 2, WEBPUBSUB_MEMBER(event_message, data)),
    member_row("metadata", 4, WEBPUBSUB_MEMBER(event_message, metadata)).checked(value_check::metadata),
    // The schema alone has it: streams have groups for targets.
    member_row(member_kind::forbidden_part, "stream", 5).of(stream_start_part),
};
inline constexpr schema event_message_schema(event_message_rows);

inline constexpr member_row sequence_ack_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("sequenceAck").telling_kinds_apart(0),
    member_row("sequenceId", 1, WEBPUBSUB_MEMBER(sequence_ack_message, sequence_id)).or_text(),
};
inline constexpr schema sequence_ack_message_schema(sequence_ack_message_rows);

inline constexpr member_row ping_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("ping").telling_kinds_apart(0),
};
inline constexpr schema ping_message_schema(ping_message_rows);

inline constexpr member_row stream_data_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("streamData").telling_kinds_apart(0),
    member_row("streamId", 1, WEBPUBSUB_MEMBER(stream_data_message, stream_id)).checked(value_check::stream_id),
    member_row("streamSequenceId", 2, WEBPUBSUB_MEMBER(stream_data_message, stream_sequence_id))
        .checked(value_check::not_zero),
    member_row(member_kind::data_type, "dataType", 0, offsetof(stream_data_message, data)),
    member_row("data", 3, WEBPUBSUB_MEMBER(stream_data_message, data)).telling_kinds_apart(2),
};
inline constexpr schema stream_data_message_schema(stream_data_message_rows);

inline constexpr member_row stream_keep_alive_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("streamData").telling_kinds_apart(0),
    member_row("streamId", 1, WEBPUBSUB_MEMBER(stream_keep_alive_message, stream_id)).checked(value_check::stream_id),
    member_row(member_kind::forbidden_number, "streamSequenceId", 2),
    member_row(member_kind::forbidden_data, "dataType", 0),
    member_row(member_kind::discriminator, "data", 3).telling_kinds_apart(2),
};
inline constexpr schema stream_keep_alive_message_schema(stream_keep_alive_message_rows);

inline constexpr member_row end_stream_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("streamEnd").telling_kinds_apart(0),
    member_row("streamId", 1, WEBPUBSUB_MEMBER(end_stream_message, stream_id)).checked(value_check::stream_id),
    member_row("error", 2, WEBPUBSUB_MEMBER(end_stream_message, error)).of(stream_abort_part),
};
inline constexpr schema end_stream_message_schema(end_stream_message_rows);

inline constexpr member_row invoke_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("invoke").telling_kinds_apart(0),
    member_row("invocationId", 2, WEBPUBSUB_MEMBER(invoke_message, invocation_id)).checked(value_check::invocation_id),
    member_row(member_kind::constant, "target", 0).with("event"),
    member_row("event", 1, WEBPUBSUB_MEMBER(invoke_message, event)).checked(value_check::event),
    member_row(member_kind::data_type, "dataType", 0, offsetof(invoke_message, data)),
    member_row("data", 3, WEBPUBSUB_MEMBER(invoke_message, data)),
    member_row("metadata", 4, WEBPUBSUB_MEMBER(invoke_message, metadata)).checked(value_check::metadata),
    member_row(member_kind::forbidden_part, "stream", 5).of(stream_start_part),
};
inline constexpr schema invoke_message_schema(invoke_message_rows);

inline constexpr member_row cancel_invocation_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("cancelInvocation").telling_kinds_apart(0),
    member_row("invocationId", 1, WEBPUBSUB_MEMBER(cancel_invocation_message, invocation_id))
        .checked(value_check::invocation_id),
};
inline constexpr schema cancel_invocation_message_schema(cancel_invocation_message_rows);

inline constexpr member_row set_group_state_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("setGroupState").telling_kinds_apart(0),
    member_row("group", 1, WEBPUBSUB_MEMBER(set_group_state_message, group)).checked(value_check::group),
    member_row("state", 3, WEBPUBSUB_MEMBER(set_group_state_message, state)),
    member_row("ackId", 2, WEBPUBSUB_MEMBER(set_group_state_message, ack_id)),
};
inline constexpr schema set_group_state_message_schema(set_group_state_message_rows);

inline constexpr member_row subscribe_group_state_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("subscribeGroupState").telling_kinds_apart(0),
    member_row("group", 1, WEBPUBSUB_MEMBER(subscribe_group_state_message, group)).checked(value_check::group),
    member_row("ackId", 2, WEBPUBSUB_MEMBER(subscribe_group_state_message, ack_id)),
};
inline constexpr schema subscribe_group_state_message_schema(subscribe_group_state_message_rows);

inline constexpr member_row unsubscribe_group_state_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("unsubscribeGroupState").telling_kinds_apart(0),
    member_row("group", 1, WEBPUBSUB_MEMBER(unsubscribe_group_state_message, group)).checked(value_check::group),
    member_row("ackId", 2, WEBPUBSUB_MEMBER(unsubscribe_group_state_message, ack_id)),
};
inline constexpr schema unsubscribe_group_state_message_schema(unsubscribe_group_state_message_rows);

inline constexpr message_schema client_message_kinds[] = {
    message_schema{.type = "joinGroup", .number = 6, .rows = &join_group_message_schema},
    message_schema{.type = "leaveGroup", .number = 7, .rows = &leave_group_message_schema},
    message_schema{
        .type = "sendToGroup", .number = 1, .head = 1, .present = true, .rows = &start_stream_message_schema},
    message_schema{.type = "sendToGroup",
                   .number = 1,
                   .head = 1,
                   .present = false,
                   .usual = true,
                   .rows = &send_to_group_message_schema},
    message_schema{.type = "event", .number = 5, .rows = &event_message_schema},
    message_schema{.type = "sequenceAck", .number = 8, .rows = &sequence_ack_message_schema},
    message_schema{.type = "ping", .number = 9, .rows = &ping_message_schema},
    message_schema{.type = "streamData",
                   .number = 13,
                   .head = 2,
                   .present = true,
                   .null_counts = true,
                   .usual = true,
                   .rows = &stream_data_message_schema},
    message_schema{.type = "streamData",
                   .number = 13,
                   .head = 2,
                   .present = false,
                   .null_counts = true,
                   .rows = &stream_keep_alive_message_schema},
    message_schema{.type = "streamEnd", .number = 14, .rows = &end_stream_message_schema},
    message_schema{.type = "invoke", .number = 10, .rows = &invoke_message_schema},
    message_schema{.type = "cancelInvocation", .number = 11, .rows = &cancel_invocation_message_schema},
    message_schema{.type = "setGroupState", .number = 15, .rows = &set_group_state_message_schema},
    message_schema{.type = "subscribeGroupState", .number = 16, .rows = &subscribe_group_state_message_schema},
    message_schema{.type = "unsubscribeGroupState", .number = 17, .rows = &unsubscribe_group_state_message_schema},
};

inline constexpr member_row client_message_heads[] = {
    member_row(member_kind::discriminator, "type", 0).telling_kinds_apart(0),
    member_row(member_kind::discriminator, "stream", 7).telling_kinds_apart(1),
    member_row(member_kind::discriminator, "data", 3).telling_kinds_apart(2),
};

inline constexpr message_table client_message_table =
    message_table(client_message_kinds, schema(client_message_heads)).with_checks();

static_assert(std::size(client_message_kinds) == client_message::size);

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
