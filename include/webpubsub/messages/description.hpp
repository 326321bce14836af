// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/description_terms.hpp>
#include <webpubsub/messages/service_message.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

// Each message is described once, here: the names of its fields in JSON, their numbers in protobuf, and which of them
// may be missing. The codecs, the printer and the tests' generator of random messages follow from these descriptions;
// how a field is read and written follows from the type of its member. The terms are in description_terms.hpp.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

// --- parts of messages -----------------------------------------------------------------------------------------------

template <>
struct description<string_map_entry> {
    static constexpr auto fields = std::tuple{
        field{key::none, 1, &string_map_entry::key},
        field{key::none, 2, &string_map_entry::value},
    };
};

template <>
struct description<service_error> {
    static constexpr auto fields = std::tuple{
        field{key::name, 1, &service_error::name, presence::lenient},
        field{key::message, 2, &service_error::message, presence::lenient},
    };
};

template <>
struct description<stream_start> {
    static constexpr auto fields = std::tuple{
        field{key::stream_id, 1, &stream_start::stream_id},
        field{key::idle_timeout_ms, 2, &stream_start::idle_timeout_ms},
    };
};

template <>
struct description<stream_abort> {
    static constexpr auto fields = std::tuple{
        field{key::message, 1, &stream_abort::message, presence::optional},
        field{key::user_error_code, 2, &stream_abort::user_error_code, presence::optional},
    };
};

template <>
struct description<stream_error> {
    static constexpr auto fields = std::tuple{
        field{key::name, 1, &stream_error::name, presence::lenient},
        field{key::message, 2, &stream_error::message, presence::lenient},
        field{key::user_error_code, 3, &stream_error::user_error_code, presence::optional},
    };
};

template <>
struct description<stream_position> {
    static constexpr auto fields = std::tuple{
        field{key::stream_id, 1, &stream_position::stream_id},
        field{key::stream_sequence_id, 2, &stream_position::stream_sequence_id},
        outcome{key::end_of_stream, 3, 4, &stream_position::end},
    };
};

template <>
struct description<group_state_item> {
    static constexpr auto fields = std::tuple{
        field{key::connection_id, 1, &group_state_item::connection_id},
        field{key::user_id, 2, &group_state_item::user_id, presence::optional},
        field{key::state, 3, &group_state_item::state},
        field{key::updated_at, 4, &group_state_item::updated_at},
    };
};

// --- client messages -------------------------------------------------------------------------------------------------

template <>
struct description<join_group_message> : of_type<join_group_message> {
    static constexpr std::string_view type = "joinGroup";
    static constexpr std::uint32_t number = 6;
    static constexpr auto fields = std::tuple{
        field{key::group, 1, &join_group_message::group},
        field{key::ack_id, 2, &join_group_message::ack_id},
    };
};

template <>
struct description<leave_group_message> : of_type<leave_group_message> {
    static constexpr std::string_view type = "leaveGroup";
    static constexpr std::uint32_t number = 7;
    static constexpr auto fields = std::tuple{
        field{key::group, 1, &leave_group_message::group},
        field{key::ack_id, 2, &leave_group_message::ack_id},
    };
};

template <>
struct description<start_stream_message> : of_type<start_stream_message> {
    static constexpr std::string_view type = "sendToGroup";
    static constexpr std::uint32_t number = 1;
    static constexpr detail::mark mark{key::stream, 7};
    static constexpr auto fields = std::tuple{
        field{key::group, 1, &start_stream_message::group},
        absent<std::uint64_t>{key::ack_id, 2},
        field{key::no_echo, 4, &start_stream_message::no_echo},
        field{key::ttl_seconds, 5, &start_stream_message::ttl_seconds},
        absent<payload>{key::data, 3},
        absent<void>{key::data_type, 0},
        field{key::metadata, 6, &start_stream_message::metadata},
        field{key::stream, 7, &start_stream_message::stream},
    };
};

template <>
struct description<send_to_group_message> : of_type<send_to_group_message> {
    static constexpr std::string_view type = "sendToGroup";
    static constexpr std::uint32_t number = 1;
    static constexpr auto fields = std::tuple{
        field{key::group, 1, &send_to_group_message::group},
        field{key::ack_id, 2, &send_to_group_message::ack_id},
        field{key::no_echo, 4, &send_to_group_message::no_echo},
        field{key::ttl_seconds, 5, &send_to_group_message::ttl_seconds},
        field{key::data, 3, &send_to_group_message::data},
        field{key::metadata, 6, &send_to_group_message::metadata},
    };
};

template <>
struct description<event_message> : of_type<event_message> {
    static constexpr std::string_view type = "event";
    static constexpr std::uint32_t number = 5;
    static constexpr auto fields = std::tuple{
        field{key::event, 1, &event_message::event},
        field{key::ack_id, 3, &event_message::ack_id},
        field{key::data, 2, &event_message::data},
        field{key::metadata, 4, &event_message::metadata},
        // In the schema only: streams have groups for targets.
        absent<stream_start>{key::stream, 5},
    };
};

template <>
struct description<sequence_ack_message> : of_type<sequence_ack_message> {
    static constexpr std::string_view type = "sequenceAck";
    static constexpr std::uint32_t number = 8;
    static constexpr auto fields = std::tuple{field{key::sequence_id, 1, &sequence_ack_message::sequence_id}};
};

template <>
struct description<ping_message> : of_type<ping_message> {
    static constexpr std::string_view type = "ping";
    static constexpr std::uint32_t number = 9;
    static constexpr std::tuple<> fields{};
};

template <>
struct description<stream_data_message> : of_type<stream_data_message> {
    static constexpr std::string_view type = "streamData";
    static constexpr std::uint32_t number = 13;
    static constexpr detail::mark mark{key::data, 3};
    static constexpr auto fields = std::tuple{
        field{key::stream_id, 1, &stream_data_message::stream_id},
        field{key::stream_sequence_id, 2, &stream_data_message::stream_sequence_id},
        field{key::data, 3, &stream_data_message::data},
    };
};

template <>
struct description<stream_keep_alive_message> : of_type<stream_keep_alive_message> {
    static constexpr std::string_view type = "streamData";
    static constexpr std::uint32_t number = 13;
    static constexpr auto fields = std::tuple{
        field{key::stream_id, 1, &stream_keep_alive_message::stream_id},
        absent<std::uint64_t>{key::stream_sequence_id, 2},
        absent<void>{key::data_type, 0},
    };
};

template <>
struct description<end_stream_message> : of_type<end_stream_message> {
    static constexpr std::string_view type = "streamEnd";
    static constexpr std::uint32_t number = 14;
    static constexpr auto fields = std::tuple{
        field{key::stream_id, 1, &end_stream_message::stream_id},
        field{key::error, 2, &end_stream_message::error},
    };
};

template <>
struct description<invoke_message> : of_type<invoke_message> {
    static constexpr std::string_view type = "invoke";
    static constexpr std::uint32_t number = 10;
    static constexpr auto fields = std::tuple{
        field{key::invocation_id, 2, &invoke_message::invocation_id},
        constant{key::target, "event"},
        field{key::event, 1, &invoke_message::event},
        field{key::data, 3, &invoke_message::data},
        field{key::metadata, 4, &invoke_message::metadata},
        absent<stream_start>{key::stream, 5},
    };
};

template <>
struct description<cancel_invocation_message> : of_type<cancel_invocation_message> {
    static constexpr std::string_view type = "cancelInvocation";
    static constexpr std::uint32_t number = 11;
    static constexpr auto fields = std::tuple{
        field{key::invocation_id, 1, &cancel_invocation_message::invocation_id},
    };
};

template <>
struct description<set_group_state_message> : of_type<set_group_state_message> {
    static constexpr std::string_view type = "setGroupState";
    static constexpr std::uint32_t number = 15;
    static constexpr auto fields = std::tuple{
        field{key::group, 1, &set_group_state_message::group},
        field{key::state, 3, &set_group_state_message::state},
        field{key::ack_id, 2, &set_group_state_message::ack_id},
    };
};

template <>
struct description<subscribe_group_state_message> : of_type<subscribe_group_state_message> {
    static constexpr std::string_view type = "subscribeGroupState";
    static constexpr std::uint32_t number = 16;
    static constexpr auto fields = std::tuple{
        field{key::group, 1, &subscribe_group_state_message::group},
        field{key::ack_id, 2, &subscribe_group_state_message::ack_id},
    };
};

template <>
struct description<unsubscribe_group_state_message> : of_type<unsubscribe_group_state_message> {
    static constexpr std::string_view type = "unsubscribeGroupState";
    static constexpr std::uint32_t number = 17;
    static constexpr auto fields = std::tuple{
        field{key::group, 1, &unsubscribe_group_state_message::group},
        field{key::ack_id, 2, &unsubscribe_group_state_message::ack_id},
    };
};

// --- service messages ------------------------------------------------------------------------------------------------

template <>
struct description<ack_message> : of_type<ack_message> {
    static constexpr std::string_view type = "ack";
    static constexpr std::uint32_t number = 1;
    static constexpr auto fields = std::tuple{
        field{key::ack_id, 1, &ack_message::ack_id},
        outcome{key::success, 2, 3, &ack_message::error},
    };
};

template <>
struct description<group_data_message> : of_type<group_data_message> {
    static constexpr std::string_view type = "message";
    static constexpr std::uint32_t number = 2;
    static constexpr detail::tag tag{key::from, 1, "group"};
    static constexpr auto fields = std::tuple{
        field{key::sequence_id, 4, &group_data_message::sequence_id},
        field{key::group, 2, &group_data_message::group},
        field{key::data, 3, &group_data_message::data},
        field{key::from_user_id, 0, &group_data_message::from_user_id, presence::nullable},
        field{key::metadata, 5, &group_data_message::metadata},
        field{key::stream, 6, &group_data_message::stream},
    };
};

template <>
struct description<server_data_message> : of_type<server_data_message> {
    static constexpr std::string_view type = "message";
    static constexpr std::uint32_t number = 2;
    static constexpr detail::tag tag{key::from, 1, "server"};
    static constexpr auto fields = std::tuple{
        field{key::sequence_id, 4, &server_data_message::sequence_id},
        field{key::data, 3, &server_data_message::data},
        field{key::metadata, 5, &server_data_message::metadata},
        ignored<std::string>{2},
        ignored<stream_position>{6},
    };
};

template <>
struct description<connected_message> : of_type<connected_message> {
    static constexpr std::string_view type = "system";
    static constexpr std::uint32_t number = 3;
    static constexpr detail::tag tag{key::event, 1, "connected"};
    static constexpr auto fields = std::tuple{
        field{key::user_id, 2, &connected_message::user_id, presence::nullable},
        field{key::connection_id, 1, &connected_message::connection_id},
        field{key::reconnection_token, 3, &connected_message::reconnection_token, presence::optional},
    };
};

template <>
struct description<disconnected_message> : of_type<disconnected_message> {
    static constexpr std::string_view type = "system";
    static constexpr std::uint32_t number = 3;
    static constexpr detail::tag tag{key::event, 2, "disconnected"};
    static constexpr auto fields = std::tuple{
        field{key::message, 2, &disconnected_message::message, presence::optional},
    };
};

template <>
struct description<pong_message> : of_type<pong_message> {
    static constexpr std::string_view type = "pong";
    static constexpr std::uint32_t number = 4;
    static constexpr std::tuple<> fields{};
};

template <>
struct description<stream_ack_message> : of_type<stream_ack_message> {
    static constexpr std::string_view type = "streamAck";
    static constexpr std::uint32_t number = 6;
    static constexpr auto fields = std::tuple{
        field{key::stream_id, 1, &stream_ack_message::stream_id},
        field{key::expected_sequence_id, 2, &stream_ack_message::expected_sequence_id},
    };
};

template <>
struct description<stream_nack_message> : of_type<stream_nack_message> {
    static constexpr std::string_view type = "streamNack";
    static constexpr std::uint32_t number = 7;
    static constexpr auto fields = std::tuple{
        field{key::stream_id, 1, &stream_nack_message::stream_id},
        field{key::expected_sequence_id, 4, &stream_nack_message::expected_sequence_id},
        field{key::name, 2, &stream_nack_message::name, presence::lenient},
        field{key::message, 3, &stream_nack_message::message, presence::lenient},
    };
};

template <>
struct description<stream_closed_message> : of_type<stream_closed_message> {
    static constexpr std::string_view type = "streamClosed";
    static constexpr std::uint32_t number = 8;
    static constexpr auto fields = std::tuple{
        field{key::stream_id, 1, &stream_closed_message::stream_id},
        field{key::error, 2, &stream_closed_message::error},
    };
};

template <>
struct description<invoke_response_message> : of_type<invoke_response_message> {
    static constexpr std::string_view type = "invokeResponse";
    static constexpr std::uint32_t number = 5;
    static constexpr std::uint32_t data_number = 3;
    static constexpr auto fields = std::tuple{
        field{key::invocation_id, 1, &invoke_response_message::invocation_id},
        outcome{key::success, 2, 4, &invoke_response_message::outcome},
        field{key::metadata, 5, &invoke_response_message::metadata},
    };
};

template <>
struct description<group_state_snapshot_message> : of_type<group_state_snapshot_message> {
    static constexpr std::string_view type = "groupStateSnapshot";
    static constexpr std::uint32_t number = 10;
    static constexpr auto fields = std::tuple{
        field{key::sequence_id, 3, &group_state_snapshot_message::sequence_id},
        field{key::group, 1, &group_state_snapshot_message::group},
        field{key::items, 2, &group_state_snapshot_message::items},
    };
};

template <>
struct description<group_state_update_message> : of_type<group_state_update_message> {
    static constexpr std::string_view type = "groupStateUpdate";
    static constexpr std::uint32_t number = 9;
    static constexpr auto fields = std::tuple{
        field{key::sequence_id, 3, &group_state_update_message::sequence_id},
        field{key::group, 1, &group_state_update_message::group},
        field{key::items, 2, &group_state_update_message::items},
    };
};

} // namespace webpubsub::detail
