// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

// Each message is described once, here: the names of its fields in JSON, their numbers in protobuf, and which of them
// may be missing. The codecs, the printer and the tests' generator of random messages follow from these descriptions;
// how a field is read and written follows from the type of its member.

namespace webpubsub::detail {

/// The properties of the protocol's JSON objects.
enum class key : std::uint8_t {
    type,
    event,
    from,
    group,
    ack_id,
    sequence_id,
    no_echo,
    data_type,
    data,
    success,
    error,
    name,
    message,
    user_id,
    from_user_id,
    connection_id,
    reconnection_token,
    none,
};

inline constexpr std::size_t key_count = static_cast<std::size_t>(key::none);

inline constexpr std::array<std::string_view, key_count> key_names{
    "type",    "event", "from", "group",   "ackId",  "sequenceId", "noEcho",       "dataType",          "data",
    "success", "error", "name", "message", "userId", "fromUserId", "connectionId", "reconnectionToken",
};

constexpr std::string_view name_of(key k) noexcept { return key_names[static_cast<std::size_t>(k)]; }

enum class presence : std::uint8_t {
    required,
    /// Left out when empty or at its default.
    optional,
    /// Written as null in JSON when empty; accepted as null or missing.
    nullable,
};

template <class Message, class Member>
struct field {
    key name;
    /// Field number in protobuf; 0 where protobuf has no such field.
    std::uint32_t number;
    Member Message::*member;
    webpubsub::detail::presence presence = webpubsub::detail::presence::required;
};

template <class Message, class Member>
field(key, std::uint32_t, Member Message::*) -> field<Message, Member>;
template <class Message, class Member>
field(key, std::uint32_t, Member Message::*, presence) -> field<Message, Member>;

/// A field with one fixed value, which tells messages of one JSON `type` apart.
struct constant {
    key name = key::none;
    std::uint32_t number = 0;
    std::string_view value;
};

/// Specialised for each message: `type`, `number` (in the oneof of its direction), `tag` and `fields` in JSON order.
template <class Message>
struct description;

struct without_tag {
    static constexpr constant tag{};
};

template <>
struct description<join_group_message> : without_tag {
    static constexpr std::string_view type = "joinGroup";
    static constexpr std::uint32_t number = 6;
    static constexpr auto fields = std::tuple{
        field{key::group, 1, &join_group_message::group},
        field{key::ack_id, 2, &join_group_message::ack_id},
    };
};

template <>
struct description<leave_group_message> : without_tag {
    static constexpr std::string_view type = "leaveGroup";
    static constexpr std::uint32_t number = 7;
    static constexpr auto fields = std::tuple{
        field{key::group, 1, &leave_group_message::group},
        field{key::ack_id, 2, &leave_group_message::ack_id},
    };
};

template <>
struct description<send_to_group_message> : without_tag {
    static constexpr std::string_view type = "sendToGroup";
    static constexpr std::uint32_t number = 1;
    static constexpr auto fields = std::tuple{
        field{key::group, 1, &send_to_group_message::group},
        field{key::ack_id, 2, &send_to_group_message::ack_id},
        field{key::no_echo, 4, &send_to_group_message::no_echo},
        field{key::data, 3, &send_to_group_message::data},
    };
};

template <>
struct description<event_message> : without_tag {
    static constexpr std::string_view type = "event";
    static constexpr std::uint32_t number = 5;
    static constexpr auto fields = std::tuple{
        field{key::event, 1, &event_message::event},
        field{key::ack_id, 3, &event_message::ack_id},
        field{key::data, 2, &event_message::data},
    };
};

template <>
struct description<sequence_ack_message> : without_tag {
    static constexpr std::string_view type = "sequenceAck";
    static constexpr std::uint32_t number = 8;
    static constexpr auto fields = std::tuple{field{key::sequence_id, 1, &sequence_ack_message::sequence_id}};
};

template <>
struct description<ping_message> : without_tag {
    static constexpr std::string_view type = "ping";
    static constexpr std::uint32_t number = 9;
    static constexpr std::tuple<> fields{};
};

template <>
struct description<ack_message> : without_tag {
    static constexpr std::string_view type = "ack";
    static constexpr std::uint32_t number = 1;
    static constexpr auto fields = std::tuple{
        field{key::ack_id, 1, &ack_message::ack_id},
        // Stands for `success` (2) and `error` (3).
        field{key::error, 3, &ack_message::error},
    };
};

template <>
struct description<group_data_message> {
    static constexpr std::string_view type = "message";
    static constexpr std::uint32_t number = 2;
    static constexpr constant tag{key::from, 1, "group"};
    static constexpr auto fields = std::tuple{
        field{key::sequence_id, 4, &group_data_message::sequence_id},
        field{key::group, 2, &group_data_message::group},
        field{key::data, 3, &group_data_message::data},
        field{key::from_user_id, 0, &group_data_message::from_user_id, presence::nullable},
    };
};

template <>
struct description<server_data_message> {
    static constexpr std::string_view type = "message";
    static constexpr std::uint32_t number = 2;
    static constexpr constant tag{key::from, 1, "server"};
    static constexpr auto fields = std::tuple{
        field{key::sequence_id, 4, &server_data_message::sequence_id},
        field{key::data, 3, &server_data_message::data},
    };
};

template <>
struct description<connected_message> {
    static constexpr std::string_view type = "system";
    static constexpr std::uint32_t number = 3;
    static constexpr constant tag{key::event, 1, "connected"};
    static constexpr auto fields = std::tuple{
        field{key::user_id, 2, &connected_message::user_id, presence::nullable},
        field{key::connection_id, 1, &connected_message::connection_id},
        field{key::reconnection_token, 3, &connected_message::reconnection_token, presence::optional},
    };
};

template <>
struct description<disconnected_message> {
    static constexpr std::string_view type = "system";
    static constexpr std::uint32_t number = 3;
    static constexpr constant tag{key::event, 2, "disconnected"};
    static constexpr auto fields = std::tuple{
        field{key::message, 2, &disconnected_message::message, presence::optional},
    };
};

template <>
struct description<pong_message> : without_tag {
    static constexpr std::string_view type = "pong";
    static constexpr std::uint32_t number = 4;
    static constexpr std::tuple<> fields{};
};

/// Calls `visit(field)` for each field in JSON order.
template <class Message, class Visit>
constexpr void for_each_field(Visit&& visit) {
    std::apply([&](const auto&... each) { (visit(each), ...); }, description<Message>::fields);
}

} // namespace webpubsub::detail
