// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/messages/part_schema.hpp>

#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

// The rows of the bus messages, in the order of the variant's alternatives; see schema.hpp. They have no form in JSON:
// their names are for printing.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

inline void* add_text(void* list) { return &static_cast<std::vector<std::string>*>(list)->emplace_back(); }
inline void clear_texts(void* list) { static_cast<std::vector<std::string>*>(list)->clear(); }
inline std::size_t count_texts(const void* list) { return static_cast<const std::vector<std::string>*>(list)->size(); }
inline const std::string& text_in(const void* list, std::size_t place) {
    return (*static_cast<const std::vector<std::string>*>(list))[place];
}
inline constexpr part_schema text_list_part{nullptr, add_text, clear_texts, nullptr, nullptr, count_texts, text_in};

inline constexpr member_row bus_audience_rows[] = {
    member_row("connectionId", 1, WEBPUBSUB_MEMBER(bus_messages::audience, connection_id), presence::optional),
    member_row("except", 2, WEBPUBSUB_MEMBER(bus_messages::audience, except), presence::optional).of(text_list_part),
    member_row("filter", 3, WEBPUBSUB_MEMBER(bus_messages::audience, filter), presence::optional),
    member_row("timeToLiveMs", 4, WEBPUBSUB_MEMBER(bus_messages::audience, time_to_live_ms)),
    member_row("userId", 5, WEBPUBSUB_MEMBER(bus_messages::audience, user_id), presence::optional),
    member_row("group", 6, WEBPUBSUB_MEMBER(bus_messages::audience, group), presence::optional),
};
inline constexpr schema bus_audience_schema(bus_audience_rows);
inline constexpr part_schema bus_audience_part = plain_part_schema(bus_audience_schema);

inline constexpr member_row bus_publication_rows[] = {
    member_row("group", 1, WEBPUBSUB_MEMBER(bus_messages::publication, group), presence::optional),
    member_row("fromUserId", 2, WEBPUBSUB_MEMBER(bus_messages::publication, from_user_id), presence::optional),
    member_row("data", 3, WEBPUBSUB_MEMBER(bus_messages::publication, data)),
    member_row("metadata", 4, WEBPUBSUB_MEMBER(bus_messages::publication, metadata)),
    member_row("stream", 5, WEBPUBSUB_MEMBER(bus_messages::publication, stream)).of(stream_position_part),
    member_row("to", 6, WEBPUBSUB_MEMBER(bus_messages::publication, to)).of(bus_audience_part),
    member_row("isDelivered", 7, WEBPUBSUB_MEMBER(bus_messages::publication, is_delivered)),
};
inline constexpr schema bus_publication_schema(bus_publication_rows);

inline constexpr member_row bus_state_change_rows[] = {
    member_row("group", 1, WEBPUBSUB_MEMBER(bus_messages::state_change, group)),
    member_row("change", 2, WEBPUBSUB_MEMBER(bus_messages::state_change, change)).of(group_state_item_part),
};
inline constexpr schema bus_state_change_schema(bus_state_change_rows);

inline constexpr member_row bus_state_request_rows[] = {
    member_row("request", 1, WEBPUBSUB_MEMBER(bus_messages::state_request, request)),
    member_row("group", 2, WEBPUBSUB_MEMBER(bus_messages::state_request, group)),
};
inline constexpr schema bus_state_request_schema(bus_state_request_rows);

inline constexpr member_row bus_states_rows[] = {
    member_row("request", 1, WEBPUBSUB_MEMBER(bus_messages::states, request)),
    member_row("group", 2, WEBPUBSUB_MEMBER(bus_messages::states, group)),
    member_row("items", 3, WEBPUBSUB_MEMBER(bus_messages::states, items)).of(group_state_item_part),
    member_row("goesOn", 4, WEBPUBSUB_MEMBER(bus_messages::states, goes_on)),
    member_row("before", 5, WEBPUBSUB_MEMBER(bus_messages::states, before)),
};
inline constexpr schema bus_states_schema(bus_states_rows);

inline constexpr member_row bus_command_rows[] = {
    member_row("request", 1, WEBPUBSUB_MEMBER(bus_messages::command, request)),
    member_row("kind", 2, WEBPUBSUB_MEMBER(bus_messages::command, kind)),
    member_row("to", 3, WEBPUBSUB_MEMBER(bus_messages::command, to)).of(bus_audience_part),
    member_row("group", 4, WEBPUBSUB_MEMBER(bus_messages::command, group), presence::optional),
    member_row("permission", 5, WEBPUBSUB_MEMBER(bus_messages::command, permission)),
    member_row("reason", 6, WEBPUBSUB_MEMBER(bus_messages::command, reason), presence::optional),
};
inline constexpr schema bus_command_schema(bus_command_rows);

inline constexpr member_row bus_question_rows[] = {
    member_row("request", 1, WEBPUBSUB_MEMBER(bus_messages::question, request)),
    member_row("kind", 2, WEBPUBSUB_MEMBER(bus_messages::question, kind)),
    member_row("connectionId", 3, WEBPUBSUB_MEMBER(bus_messages::question, connection_id), presence::optional),
    member_row("userId", 4, WEBPUBSUB_MEMBER(bus_messages::question, user_id), presence::optional),
    member_row("group", 5, WEBPUBSUB_MEMBER(bus_messages::question, group), presence::optional),
    member_row("permission", 6, WEBPUBSUB_MEMBER(bus_messages::question, permission)),
    member_row("from", 7, WEBPUBSUB_MEMBER(bus_messages::question, from), presence::optional),
    member_row("limit", 8, WEBPUBSUB_MEMBER(bus_messages::question, limit)),
};
inline constexpr schema bus_question_schema(bus_question_rows);

inline constexpr member_row bus_reply_rows[] = {
    member_row("request", 1, WEBPUBSUB_MEMBER(bus_messages::reply, request)),
    member_row("code", 2, WEBPUBSUB_MEMBER(bus_messages::reply, code)),
    member_row("count", 3, WEBPUBSUB_MEMBER(bus_messages::reply, count)),
    member_row("values", 4, WEBPUBSUB_MEMBER(bus_messages::reply, values), presence::optional).of(text_list_part),
};
inline constexpr schema bus_reply_schema(bus_reply_rows);

inline constexpr member_row bus_heartbeat_rows[] = {
    member_row("connections", 1, WEBPUBSUB_MEMBER(bus_messages::heartbeat, connections)),
    member_row("optionsHash", 2, WEBPUBSUB_MEMBER(bus_messages::heartbeat, options_hash)),
    member_row("dead", 3, WEBPUBSUB_MEMBER(bus_messages::heartbeat, dead), presence::optional).of(text_list_part),
    member_row("living", 4, WEBPUBSUB_MEMBER(bus_messages::heartbeat, living)),
    member_row("line", 5, WEBPUBSUB_MEMBER(bus_messages::heartbeat, line)),
};
inline constexpr schema bus_heartbeat_schema(bus_heartbeat_rows);

inline constexpr member_row bus_bye_rows[] = {
    member_row(member_kind::type, "type", 0).with("bye").telling_kinds_apart(0),
};
inline constexpr schema bus_bye_schema(bus_bye_rows);

inline constexpr member_row bus_echo_rows[] = {
    member_row("number", 1, WEBPUBSUB_MEMBER(bus_messages::echo, number)),
};
inline constexpr schema bus_echo_schema(bus_echo_rows);

inline constexpr member_row bus_relay_open_rows[] = {
    member_row("relay", 1, WEBPUBSUB_MEMBER(bus_messages::relay_open, relay)),
    member_row("connectionId", 2, WEBPUBSUB_MEMBER(bus_messages::relay_open, connection_id)),
    member_row("reconnectionToken", 3, WEBPUBSUB_MEMBER(bus_messages::relay_open, reconnection_token)),
    member_row("subprotocol", 4, WEBPUBSUB_MEMBER(bus_messages::relay_open, subprotocol), presence::optional),
};
inline constexpr schema bus_relay_open_schema(bus_relay_open_rows);

inline constexpr member_row bus_relay_frame_rows[] = {
    member_row("relay", 1, WEBPUBSUB_MEMBER(bus_messages::relay_frame, relay)),
    member_row("isForClient", 2, WEBPUBSUB_MEMBER(bus_messages::relay_frame, is_for_client)),
    member_row("isText", 3, WEBPUBSUB_MEMBER(bus_messages::relay_frame, is_text)),
    member_row("data", 4, WEBPUBSUB_MEMBER(bus_messages::relay_frame, data)),
};
inline constexpr schema bus_relay_frame_schema(bus_relay_frame_rows);

inline constexpr member_row bus_relay_signal_rows[] = {
    member_row("relay", 1, WEBPUBSUB_MEMBER(bus_messages::relay_signal, relay)),
    member_row("kind", 2, WEBPUBSUB_MEMBER(bus_messages::relay_signal, kind)),
    member_row("number", 3, WEBPUBSUB_MEMBER(bus_messages::relay_signal, number)),
    member_row("reason", 4, WEBPUBSUB_MEMBER(bus_messages::relay_signal, reason), presence::optional),
};
inline constexpr schema bus_relay_signal_schema(bus_relay_signal_rows);

inline constexpr member_row bus_congestion_rows[] = {
    member_row("group", 1, WEBPUBSUB_MEMBER(bus_messages::congestion, group)),
    member_row("isCongested", 2, WEBPUBSUB_MEMBER(bus_messages::congestion, is_congested)),
    member_row("room", 3, WEBPUBSUB_MEMBER(bus_messages::congestion, room)),
};
inline constexpr schema bus_congestion_schema(bus_congestion_rows);

inline constexpr message_schema bus_message_kinds[] = {
    message_schema{.type = "publication", .number = 1, .rows = &bus_publication_schema},
    message_schema{.type = "stateChange", .number = 2, .rows = &bus_state_change_schema},
    message_schema{.type = "stateRequest", .number = 3, .rows = &bus_state_request_schema},
    message_schema{.type = "states", .number = 4, .rows = &bus_states_schema},
    message_schema{.type = "command", .number = 5, .rows = &bus_command_schema},
    message_schema{.type = "question", .number = 6, .rows = &bus_question_schema},
    message_schema{.type = "reply", .number = 7, .rows = &bus_reply_schema},
    message_schema{.type = "heartbeat", .number = 8, .rows = &bus_heartbeat_schema},
    message_schema{.type = "bye", .number = 9, .rows = &bus_bye_schema},
    message_schema{.type = "echo", .number = 10, .rows = &bus_echo_schema},
    message_schema{.type = "relayOpen", .number = 11, .rows = &bus_relay_open_schema},
    message_schema{.type = "relayFrame", .number = 12, .rows = &bus_relay_frame_schema},
    message_schema{.type = "relaySignal", .number = 13, .rows = &bus_relay_signal_schema},
    message_schema{.type = "congestion", .number = 14, .rows = &bus_congestion_schema},
};

inline constexpr member_row bus_message_heads[] = {
    member_row(member_kind::discriminator, "type", 0).telling_kinds_apart(0),
};

inline constexpr message_table bus_message_table = message_table(bus_message_kinds, schema(bus_message_heads));

static_assert(std::size(bus_message_kinds) == bus_message::size);

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
