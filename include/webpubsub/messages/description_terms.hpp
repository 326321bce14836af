// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

// The terms in which description.hpp describes messages.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The properties of the protocol's JSON objects.
enum class key : std::uint8_t {
    type,
    event,
    from,
    group,
    ack_id,
    sequence_id,
    no_echo,
    ttl_seconds,
    data_type,
    data,
    metadata,
    success,
    error,
    name,
    message,
    user_id,
    from_user_id,
    connection_id,
    reconnection_token,
    stream,
    stream_id,
    stream_sequence_id,
    expected_sequence_id,
    idle_timeout_ms,
    end_of_stream,
    user_error_code,
    invocation_id,
    target,
    state,
    items,
    updated_at,
    none,
};

inline constexpr std::size_t key_count = static_cast<std::size_t>(key::none);

inline constexpr std::array<std::string_view, key_count> key_names{
    "type",
    "event",
    "from",
    "group",
    "ackId",
    "sequenceId",
    "noEcho",
    "ttlSeconds",
    "dataType",
    "data",
    "metadata",
    "success",
    "error",
    "name",
    "message",
    "userId",
    "fromUserId",
    "connectionId",
    "reconnectionToken",
    "stream",
    "streamId",
    "streamSequenceId",
    "expectedSequenceId",
    "idleTimeoutMs",
    "endOfStream",
    "userErrorCode",
    "invocationId",
    "target",
    "state",
    "items",
    "updatedAt",
};

constexpr std::string_view name_of(key k) noexcept { return key_names[static_cast<std::size_t>(k)]; }

enum class presence : std::uint8_t {
    required,
    /// Left out when empty or at its default.
    optional,
    /// Written as null in JSON when empty; accepted as null or missing.
    nullable,
    /// Always written; anything but a string is read as an empty one.
    lenient,
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

/// A member that stands for two fields of the wire: a boolean, and an `error` that depends on it.
template <class Message, class Member>
struct outcome {
    /// The boolean.
    key name;
    std::uint32_t number;
    std::uint32_t error_number;
    Member Message::*member;
};

template <class Message, class Member>
outcome(key, std::uint32_t, std::uint32_t, Member Message::*) -> outcome<Message, Member>;

/// A property that JSON alone has, with the one value that it can have; it may be missing.
struct constant {
    key name;
    std::string_view value;
    static constexpr std::uint32_t number = 0;
};

/// A field of type T that a message of this kind must not have.
template <class T>
struct absent {
    key name;
    std::uint32_t number;
};

/// A field of type T that protobuf shares among several kinds and that means nothing in this one. It must be well-formed
/// all the same.
template <class T>
struct ignored {
    std::uint32_t number;
    static constexpr key name = key::none;
};

/// Tells messages of one JSON `type` apart: a property with one fixed value. In protobuf `from` is a string field of
/// that number, and `event` a oneof of which it is the member.
struct tag {
    key name = key::none;
    std::uint32_t number = 0;
    std::string_view value;
};

/// Tells messages of one type apart by a field that only one of them has.
struct mark {
    key name = key::none;
    std::uint32_t number = 0;
};

/// Specialised for each message: `type`, `number` (in the oneof of its direction), perhaps `tag` and `mark`, and
/// `fields` in JSON order. For the parts of messages: `fields`.
template <class Message>
struct description;

/// The defaults of a whole message.
template <class Message>
struct of_type {
    static constexpr detail::tag tag{};
    static constexpr detail::mark mark{};
};

/// Calls `visit(field)` for each field in JSON order.
template <class Message, class Visit>
constexpr void for_each_field(Visit&& visit) {
    std::apply([&](const auto&... each) { (visit(each), ...); }, description<Message>::fields);
}

} // namespace webpubsub::detail
