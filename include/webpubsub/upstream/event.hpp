// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/named_values.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What the service tells an application's server over HTTP (upstream.md).

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The connection that an event is about, as the event's headers tell (upstream.md section 3).
struct upstream_context {
    std::string hub;
    std::string connection_id;
    /// Counted for each connection; the same in a repetition of one event.
    std::string event_id;
    /// Without the prefix of its type.
    std::string event_name;
    /// Nothing for an anonymous client.
    std::optional<std::string> user_id;
    /// Empty for a simple client, and before one is chosen.
    std::string subprotocol;
    /// What the last answer has set; nothing before the first that did.
    std::optional<std::string> state;
    /// `2026-11-27T19:32:48Z`.
    std::string time;
    /// Of MQTT clients: the network connection, and the session, which there is none of yet in a connect event.
    std::string physical_connection_id;
    std::string session_id;

    bool is_mqtt() const noexcept { return !physical_connection_id.empty(); }

    friend bool operator==(const upstream_context&, const upstream_context&) = default;
};

struct client_certificate {
    /// SHA-1, in hexadecimal digits.
    std::string thumbprint;
    std::string pem;

    friend bool operator==(const client_certificate&, const client_certificate&) = default;
};

/// What a CONNECT packet of MQTT says.
struct mqtt_connect {
    /// 4 for 3.1.1, and 5.
    std::uint8_t protocol_version = 0;
    std::optional<std::string> username;
    /// Its bytes.
    std::optional<std::string> password;
    /// In their order; names may occur twice.
    string_map user_properties;

    friend bool operator==(const mqtt_connect&, const mqtt_connect&) = default;
};

namespace upstream_events {

/// Somebody wants to connect. The service waits for the answer: `accept_connect` or `refuse_connect`.
struct connect_event {
    std::vector<claim> claims;
    std::vector<named_values> query;
    std::vector<named_values> headers;
    /// As offered, in order.
    std::vector<std::string> subprotocols;
    std::vector<client_certificate> certificates;
    /// Of an MQTT client.
    std::optional<mqtt_connect> mqtt;

    friend bool operator==(const connect_event&, const connect_event&) = default;
};

/// The connection is there.
struct connected_event {
    friend bool operator==(const connected_event&, const connected_event&) = default;
};

/// The connection, or the session of MQTT, has ended for good.
struct disconnected_event {
    std::string reason;

    friend bool operator==(const disconnected_event&, const disconnected_event&) = default;
};

/// Preview.
struct group_joined_event {
    std::string group;

    friend bool operator==(const group_joined_event&, const group_joined_event&) = default;
};

/// Preview.
struct group_left_event {
    std::string group;

    friend bool operator==(const group_left_event&, const group_left_event&) = default;
};

/// The client has sent a user event, whose name is in the context. The service waits for the answer: `answer_event` or
/// `fail_event`.
struct custom_event {
    payload data;
    string_map metadata;

    friend bool operator==(const custom_event&, const custom_event&) = default;
};

} // namespace upstream_events

using upstream_event =
    variant<upstream_events::connect_event, upstream_events::connected_event, upstream_events::disconnected_event,
            upstream_events::group_joined_event, upstream_events::group_left_event, upstream_events::custom_event>;

/// Whether the service waits for what the application says.
WEBPUBSUB_COLD_INLINE bool is_blocking(const upstream_event& event) noexcept {
    return holds_alternative<upstream_events::connect_event>(event) ||
           holds_alternative<upstream_events::custom_event>(event);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
