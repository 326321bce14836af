// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/part_schema.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/variant.hpp>

#include <cstddef>

// The rows of a service's messages (subprotocols.md section 3), in the order of the variant's alternatives; see
// schema.hpp.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

inline constexpr member_row ack_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("ack").telling_kinds_apart(0),
    member_row("ackId", 1, WEBPUBSUB_MEMBER(ack_message, ack_id)),
    member_row(member_kind::success, "success", 2, offsetof(ack_message, error)),
    member_row(member_kind::success_error, "error", 3, offsetof(ack_message, error)).of(service_error_part),
};
inline constexpr schema ack_message_schema(ack_message_rows);

inline constexpr member_row group_data_message_rows[] = {
    member_row("sequenceId", 4, WEBPUBSUB_MEMBER(group_data_message, sequence_id))
        .telling_kinds_apart(3)
        .put_into_prefix()
        .or_text(),
    member_row(member_kind::type, "type", 0).with("message").telling_kinds_apart(0),
    member_row(member_kind::discriminator, "from", 1).with("group").telling_kinds_apart(1),
    member_row("group", 2, WEBPUBSUB_MEMBER(group_data_message, group)),
    member_row(member_kind::data_type, "dataType", 0, offsetof(group_data_message, data)),
    member_row("data", 3, WEBPUBSUB_MEMBER(group_data_message, data)),
    member_row("fromUserId", 0, WEBPUBSUB_MEMBER(group_data_message, from_user_id), presence::nullable),
    member_row("metadata", 5, WEBPUBSUB_MEMBER(group_data_message, metadata)),
    member_row("stream", 6, WEBPUBSUB_MEMBER(group_data_message, stream)).of(stream_position_part),
};
inline constexpr schema group_data_message_schema(group_data_message_rows);

inline constexpr member_row server_data_message_rows[] = {
    member_row("sequenceId", 4, WEBPUBSUB_MEMBER(server_data_message, sequence_id))
        .telling_kinds_apart(3)
        .put_into_prefix()
        .or_text(),
    member_row(member_kind::type, "type", 0).with("message").telling_kinds_apart(0),
    member_row(member_kind::discriminator, "from", 1).with("server").telling_kinds_apart(1),
    member_row(member_kind::data_type, "dataType", 0, offsetof(server_data_message, data)),
    member_row("data", 3, WEBPUBSUB_MEMBER(server_data_message, data)),
    member_row("metadata", 5, WEBPUBSUB_MEMBER(server_data_message, metadata)),
    member_row(member_kind::skipped_text, "", 2),
    member_row(member_kind::skipped_part, "", 6).of(stream_position_part),
};
inline constexpr schema server_data_message_schema(server_data_message_rows);

inline constexpr member_row connected_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("system").telling_kinds_apart(0),
    member_row(member_kind::discriminator, "event", 0).with("connected").telling_kinds_apart(2),
    member_row("userId", 2, WEBPUBSUB_MEMBER(connected_message, user_id), presence::nullable),
    member_row("connectionId", 1, WEBPUBSUB_MEMBER(connected_message, connection_id)),
    member_row("reconnectionToken", 3, WEBPUBSUB_MEMBER(connected_message, reconnection_token), presence::optional)
        .kept_secret(),
};
inline constexpr schema connected_message_schema(connected_message_rows);

inline constexpr member_row disconnected_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("system").telling_kinds_apart(0),
    member_row(member_kind::discriminator, "event", 0).with("disconnected").telling_kinds_apart(2),
    member_row("message", 2, WEBPUBSUB_MEMBER(disconnected_message, message), presence::optional),
};
inline constexpr schema disconnected_message_schema(disconnected_message_rows);

inline constexpr member_row pong_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("pong").telling_kinds_apart(0),
};
inline constexpr schema pong_message_schema(pong_message_rows);

inline constexpr member_row stream_ack_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("streamAck").telling_kinds_apart(0),
    member_row("streamId", 1, WEBPUBSUB_MEMBER(stream_ack_message, stream_id)),
    member_row("expectedSequenceId", 2, WEBPUBSUB_MEMBER(stream_ack_message, expected_sequence_id)),
};
inline constexpr schema stream_ack_message_schema(stream_ack_message_rows);

inline constexpr member_row stream_nack_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("streamNack").telling_kinds_apart(0),
    member_row("streamId", 1, WEBPUBSUB_MEMBER(stream_nack_message, stream_id)),
    member_row("expectedSequenceId", 4, WEBPUBSUB_MEMBER(stream_nack_message, expected_sequence_id)),
    member_row("name", 2, WEBPUBSUB_MEMBER(stream_nack_message, name), presence::lenient),
    member_row("message", 3, WEBPUBSUB_MEMBER(stream_nack_message, message), presence::lenient),
};
inline constexpr schema stream_nack_message_schema(stream_nack_message_rows);

inline constexpr member_row stream_closed_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("streamClosed").telling_kinds_apart(0),
    member_row("streamId", 1, WEBPUBSUB_MEMBER(stream_closed_message, stream_id)),
    member_row("error", 2, WEBPUBSUB_MEMBER(stream_closed_message, error)).of(service_error_part),
};
inline constexpr schema stream_closed_message_schema(stream_closed_message_rows);

inline constexpr member_row invoke_response_message_rows[] = {
    member_row(member_kind::type, "type", 0).with("invokeResponse").telling_kinds_apart(0),
    member_row("invocationId", 1, WEBPUBSUB_MEMBER(invoke_response_message, invocation_id)),
    member_row(member_kind::response, "success", 2, offsetof(invoke_response_message, outcome)),
    member_row(member_kind::response_error, "error", 4, offsetof(invoke_response_message, outcome))
        .of(service_error_part),
    member_row(member_kind::response_data_type, "dataType", 0, offsetof(invoke_response_message, outcome)),
    member_row(member_kind::response_data, "data", 3, offsetof(invoke_response_message, outcome)),
    member_row("metadata", 5, WEBPUBSUB_MEMBER(invoke_response_message, metadata)),
};
inline constexpr schema invoke_response_message_schema(invoke_response_message_rows);

inline constexpr member_row group_state_snapshot_message_rows[] = {
    member_row("sequenceId", 3, WEBPUBSUB_MEMBER(group_state_snapshot_message, sequence_id))
        .telling_kinds_apart(3)
        .put_into_prefix()
        .or_text(),
    member_row(member_kind::type, "type", 0).with("groupStateSnapshot").telling_kinds_apart(0),
    member_row("group", 1, WEBPUBSUB_MEMBER(group_state_snapshot_message, group)),
    member_row("items", 2, WEBPUBSUB_MEMBER(group_state_snapshot_message, items)).of(group_state_item_part),
};
inline constexpr schema group_state_snapshot_message_schema(group_state_snapshot_message_rows);

inline constexpr member_row group_state_update_message_rows[] = {
    member_row("sequenceId", 3, WEBPUBSUB_MEMBER(group_state_update_message, sequence_id))
        .telling_kinds_apart(3)
        .put_into_prefix()
        .or_text(),
    member_row(member_kind::type, "type", 0).with("groupStateUpdate").telling_kinds_apart(0),
    member_row("group", 1, WEBPUBSUB_MEMBER(group_state_update_message, group)),
    member_row("items", 2, WEBPUBSUB_MEMBER(group_state_update_message, items)).of(group_state_item_part),
};
inline constexpr schema group_state_update_message_schema(group_state_update_message_rows);

inline constexpr message_schema service_message_kinds[] = {
    message_schema{.type = "ack", .number = 1, .rows = &ack_message_schema},
    message_schema{.type = "message", .number = 2, .head = 1, .value = "group", .rows = &group_data_message_schema},
    message_schema{.type = "message", .number = 2, .head = 1, .value = "server", .rows = &server_data_message_schema},
    message_schema{.type = "system",
                   .number = 3,
                   .inner_number = 1,
                   .head = 2,
                   .value = "connected",
                   .rows = &connected_message_schema},
    message_schema{.type = "system",
                   .number = 3,
                   .inner_number = 2,
                   .head = 2,
                   .value = "disconnected",
                   .rows = &disconnected_message_schema},
    message_schema{.type = "pong", .number = 4, .rows = &pong_message_schema},
    message_schema{.type = "streamAck", .number = 6, .rows = &stream_ack_message_schema},
    message_schema{.type = "streamNack", .number = 7, .rows = &stream_nack_message_schema},
    message_schema{.type = "streamClosed", .number = 8, .rows = &stream_closed_message_schema},
    message_schema{.type = "invokeResponse", .number = 5, .rows = &invoke_response_message_schema},
    message_schema{.type = "groupStateSnapshot", .number = 10, .rows = &group_state_snapshot_message_schema},
    message_schema{.type = "groupStateUpdate", .number = 9, .rows = &group_state_update_message_schema},
};

inline constexpr member_row service_message_heads[] = {
    member_row(member_kind::discriminator, "type", 0).telling_kinds_apart(0),
    member_row(member_kind::discriminator, "from", 1).telling_kinds_apart(1),
    member_row(member_kind::discriminator, "event", 0).telling_kinds_apart(2),
    member_row(member_kind::discriminator, "sequenceId", 0).telling_kinds_apart(3),
};

inline constexpr message_table service_message_table =
    message_table(service_message_kinds, schema(service_message_heads)).with_unknown(3);

// The last alternative is an unknown message.
static_assert(std::size(service_message_kinds) + 1 == service_message::size);

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
