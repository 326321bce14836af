// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/payload.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace webpubsub {

// What a client sends (subprotocols.md section 2). A request with an `ack_id` is answered by an `ack_message`; without
// one it is fire-and-forget. Names are not checked here: see rules/names.hpp.

/// Identifies a request within one connection; any 64-bit value.
using ack_id = std::uint64_t;

struct join_group_message {
    std::string group;
    std::optional<webpubsub::ack_id> ack_id;

    friend bool operator==(const join_group_message&, const join_group_message&) = default;
};

struct leave_group_message {
    std::string group;
    std::optional<webpubsub::ack_id> ack_id;

    friend bool operator==(const leave_group_message&, const leave_group_message&) = default;
};

struct send_to_group_message {
    std::string group;
    std::optional<webpubsub::ack_id> ack_id;
    /// Don't deliver to the sending connection. The user's other connections still get the message.
    bool no_echo = false;
    payload data;

    friend bool operator==(const send_to_group_message&, const send_to_group_message&) = default;
};

/// A user event for the application behind the service.
struct event_message {
    std::string event;
    std::optional<webpubsub::ack_id> ack_id;
    payload data;

    friend bool operator==(const event_message&, const event_message&) = default;
};

/// Confirms every data message up to and including `sequence_id`; reliable subprotocols only.
struct sequence_ack_message {
    std::uint64_t sequence_id = 0;

    friend bool operator==(const sequence_ack_message&, const sequence_ack_message&) = default;
};

struct ping_message {
    friend bool operator==(const ping_message&, const ping_message&) = default;
};

using client_message = std::variant<join_group_message, leave_group_message, send_to_group_message, event_message,
                                    sequence_ack_message, ping_message>;

} // namespace webpubsub
