// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/payload.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace webpubsub {

// What the service sends (subprotocols.md section 3). "Server" is the protocol's word for the application behind the
// service, so the variant is a `service_message` and its alternative from the application a `server_data_message`.

/// Why a request failed. The list of names is open (subprotocols.md section 5.3).
struct ack_error {
    std::string name;
    std::string message;

    friend bool operator==(const ack_error&, const ack_error&) = default;
};

namespace error_names {
inline constexpr std::string_view forbidden = "Forbidden";
inline constexpr std::string_view internal_server_error = "InternalServerError";
inline constexpr std::string_view duplicate = "Duplicate";
inline constexpr std::string_view bad_request = "BadRequest";
inline constexpr std::string_view not_found = "NotFound";
inline constexpr std::string_view timeout = "Timeout";
} // namespace error_names

struct ack_message {
    webpubsub::ack_id ack_id = 0;
    /// Set when the request failed.
    std::optional<ack_error> error;

    friend bool operator==(const ack_message&, const ack_message&) = default;
};

/// A message to a group that the receiver is a member of.
struct group_data_message {
    /// Set on reliable subprotocols.
    std::optional<std::uint64_t> sequence_id;
    std::string group;
    payload data;
    /// Empty for an anonymous sender, for the application, and for every sender in protobuf, which has no such field.
    std::string from_user_id;

    friend bool operator==(const group_data_message&, const group_data_message&) = default;
};

/// A message from the application.
struct server_data_message {
    std::optional<std::uint64_t> sequence_id;
    payload data;

    friend bool operator==(const server_data_message&, const server_data_message&) = default;
};

/// The first message of a connection.
struct connected_message {
    /// Empty for an anonymous user.
    std::string user_id;
    std::string connection_id;
    /// A secret. Empty unless the subprotocol is reliable.
    std::string reconnection_token;

    friend bool operator==(const connected_message&, const connected_message&) = default;
};

/// The service is about to close the connection, for the reason in `message`.
struct disconnected_message {
    std::string message;

    friend bool operator==(const disconnected_message&, const disconnected_message&) = default;
};

struct pong_message {
    friend bool operator==(const pong_message&, const pong_message&) = default;
};

/// A well-formed message of a kind that this library does not know. It keeps its sequence id, so that a client still
/// acknowledges it. It can't be encoded.
struct unknown_message {
    /// What the frame calls itself, e.g. `newThing`, or `system/newEvent` for a new kind within a known type.
    std::string type;
    std::optional<std::uint64_t> sequence_id;

    friend bool operator==(const unknown_message&, const unknown_message&) = default;
};

using service_message = std::variant<ack_message, group_data_message, server_data_message, connected_message,
                                     disconnected_message, pong_message, unknown_message>;

} // namespace webpubsub
