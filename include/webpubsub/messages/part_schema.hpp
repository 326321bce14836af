// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/schema.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/stream.hpp>

// The rows of the parts of messages; see schema.hpp.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// What the rows `response` and those behind it stand for.
using response_outcome = decltype(invoke_response_message::outcome);

inline constexpr member_row service_error_rows[] = {
    member_row("name", 1, WEBPUBSUB_MEMBER(service_error, name), presence::lenient),
    member_row("message", 2, WEBPUBSUB_MEMBER(service_error, message), presence::lenient),
};
inline constexpr schema service_error_schema(service_error_rows);
inline constexpr part_schema service_error_part = optional_part_schema<service_error>(service_error_schema);

inline constexpr member_row stream_start_rows[] = {
    member_row("streamId", 1, WEBPUBSUB_MEMBER(stream_start, stream_id)).checked(value_check::stream_id),
    member_row("idleTimeoutMs", 2, WEBPUBSUB_MEMBER(stream_start, idle_timeout_ms)).checked(value_check::not_zero),
};
inline constexpr schema stream_start_schema(stream_start_rows);
inline constexpr part_schema stream_start_part = with_scratch<stream_start>(plain_part_schema(stream_start_schema));

inline constexpr member_row stream_abort_rows[] = {
    member_row("message", 1, WEBPUBSUB_MEMBER(stream_abort, message), presence::optional),
    member_row("userErrorCode", 2, WEBPUBSUB_MEMBER(stream_abort, user_error_code), presence::optional),
};
inline constexpr schema stream_abort_schema(stream_abort_rows);
inline constexpr part_schema stream_abort_part = optional_part_schema<stream_abort>(stream_abort_schema);

inline constexpr member_row stream_error_rows[] = {
    member_row("name", 1, WEBPUBSUB_MEMBER(stream_error, name), presence::lenient),
    member_row("message", 2, WEBPUBSUB_MEMBER(stream_error, message), presence::lenient),
    member_row("userErrorCode", 3, WEBPUBSUB_MEMBER(stream_error, user_error_code), presence::optional),
};
inline constexpr schema stream_error_schema(stream_error_rows);
inline constexpr part_schema stream_error_part = plain_part_schema(stream_error_schema);

inline constexpr member_row stream_position_rows[] = {
    member_row("streamId", 1, WEBPUBSUB_MEMBER(stream_position, stream_id)),
    member_row("streamSequenceId", 2, WEBPUBSUB_MEMBER(stream_position, stream_sequence_id)),
    member_row(member_kind::end, "endOfStream", 3, offsetof(stream_position, end)),
    member_row(member_kind::end_error, "error", 4, offsetof(stream_position, end)).of(stream_error_part),
};
inline constexpr schema stream_position_schema(stream_position_rows);
inline constexpr part_schema stream_position_part =
    with_scratch<stream_position>(optional_part_schema<stream_position>(stream_position_schema));

inline constexpr member_row group_state_item_rows[] = {
    member_row("connectionId", 1, WEBPUBSUB_MEMBER(group_state_item, connection_id)),
    member_row("userId", 2, WEBPUBSUB_MEMBER(group_state_item, user_id), presence::optional),
    member_row("state", 3, WEBPUBSUB_MEMBER(group_state_item, state)),
    member_row("updatedAt", 4, WEBPUBSUB_MEMBER(group_state_item, updated_at)),
};
inline constexpr schema group_state_item_schema(group_state_item_rows);
inline constexpr part_schema group_state_item_part = plain_part_schema(group_state_item_schema);

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
