// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/stream.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

// What the service sends (subprotocols.md section 3). "Server" is the protocol's word for the application behind the
// service, so the variant is a `service_message` and its alternative from the application a `server_data_message`.
//
// "Preview" marks what official SDKs and the published schema have and the documentation has not: it may change.

/// Why the service did not do what it was asked. The list of names is open (subprotocols.md section 5.3).
struct service_error {
    std::string name;
    std::string message;

    friend bool operator==(const service_error&, const service_error&) = default;
};

namespace error_names {
inline constexpr std::string_view forbidden = "Forbidden";
inline constexpr std::string_view internal_server_error = "InternalServerError";
inline constexpr std::string_view duplicate = "Duplicate";
inline constexpr std::string_view bad_request = "BadRequest";
inline constexpr std::string_view not_found = "NotFound";
inline constexpr std::string_view timeout = "Timeout";
// Of streams (subprotocols.md section 9).
inline constexpr std::string_view stream_not_found = "StreamNotFound";
inline constexpr std::string_view idle_timeout = "IdleTimeout";
inline constexpr std::string_view invalid_sequence_id = "InvalidSequenceId";
inline constexpr std::string_view transient_error = "TransientError";
inline constexpr std::string_view cancelled = "Cancelled";
inline constexpr std::string_view user_error = "UserError";
} // namespace error_names

/// The outcome of a request.
struct ack_message {
    std::uint64_t ack_id = 0;
    /// There is an error when the request failed.
    std::optional<service_error> error{};

    friend bool operator==(const ack_message&, const ack_message&) = default;
};

/// A message to a group that the receiver is a member of.
struct group_data_message {
    /// It has a value on reliable subprotocols only.
    std::optional<std::uint64_t> sequence_id;
    std::string group;
    payload data;
    /// It is empty for an anonymous sender, for the application, and for every sender in protobuf, which has no such
    /// field.
    std::string from_user_id;
    /// Preview: the metadata are those that the sender gave.
    string_map metadata{};
    /// It has a value when the message is part of a stream.
    std::optional<stream_position> stream{};

    friend bool operator==(const group_data_message&, const group_data_message&) = default;
};

/// A message from the application.
struct server_data_message {
    std::optional<std::uint64_t> sequence_id;
    payload data;
    /// Preview: the metadata are those that the application gave.
    string_map metadata{};

    friend bool operator==(const server_data_message&, const server_data_message&) = default;
};

/// The first message of a connection.
struct connected_message {
    /// It is empty for an anonymous user.
    std::string user_id;
    std::string connection_id;
    /// The token is a secret. It is empty unless the subprotocol is reliable.
    std::string reconnection_token;

    friend bool operator==(const connected_message&, const connected_message&) = default;
};

/// The service is about to close the connection, for the reason in `message`.
struct disconnected_message {
    std::string message;

    friend bool operator==(const disconnected_message&, const disconnected_message&) = default;
};

/// The answer to a `ping_message`.
struct pong_message {
    friend bool operator==(const pong_message&, const pong_message&) = default;
};

/// Every fragment below `expected_sequence_id` has been accepted; 1 accepts the start of the stream.
struct stream_ack_message {
    std::string stream_id;
    std::uint64_t expected_sequence_id = 0;

    friend bool operator==(const stream_ack_message&, const stream_ack_message&) = default;
};

/// A fragment was not taken: the publisher goes back to `expected_sequence_id`. The stream stays open.
struct stream_nack_message {
    std::string stream_id;
    std::uint64_t expected_sequence_id = 0;
    /// The name is `InvalidSequenceId` or `TransientError`.
    std::string name;
    std::string message;

    friend bool operator==(const stream_nack_message&, const stream_nack_message&) = default;
};

/// The end of a stream for its publisher.
struct stream_closed_message {
    std::string stream_id;
    /// There is an error unless the stream ended as its publisher asked: `StreamNotFound`, `Forbidden`, `BadRequest`,
    /// `InternalServerError` or `IdleTimeout`.
    std::optional<service_error> error{};

    friend bool operator==(const stream_closed_message&, const stream_closed_message&) = default;
};

/// Preview: the answer to an `invoke_message`.
struct invoke_response_message {
    std::string invocation_id;
    /// The invocation succeeded without data, succeeded with data, or failed.
    variant<no_data, payload, service_error> outcome{};
    string_map metadata{};

    friend bool operator==(const invoke_response_message&, const invoke_response_message&) = default;
};

/// Preview: the states of a group's members when the subscription began; replaces what was known before.
struct group_state_snapshot_message {
    std::optional<std::uint64_t> sequence_id;
    std::string group;
    std::vector<group_state_item> items{};

    friend bool operator==(const group_state_snapshot_message&, const group_state_snapshot_message&) = default;
};

/// Preview: states that have changed since.
struct group_state_update_message {
    std::optional<std::uint64_t> sequence_id;
    std::string group;
    std::vector<group_state_item> items{};

    friend bool operator==(const group_state_update_message&, const group_state_update_message&) = default;
};

/// A well-formed message of a kind that this library does not know. It keeps its sequence id, so that a client still
/// acknowledges it. It can't be encoded.
struct unknown_message {
    /// What the frame calls itself, e.g. `newThing`, or `system/newEvent` for a new kind within a known type. In
    /// protobuf a kind has a number only: `11`.
    std::string type;
    std::optional<std::uint64_t> sequence_id;

    friend bool operator==(const unknown_message&, const unknown_message&) = default;
};

using service_message =
    variant<ack_message, group_data_message, server_data_message, connected_message, disconnected_message, pong_message,
            stream_ack_message, stream_nack_message, stream_closed_message, invoke_response_message,
            group_state_snapshot_message, group_state_update_message, unknown_message>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
