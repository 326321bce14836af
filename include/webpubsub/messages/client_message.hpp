// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/stream.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

// What a client sends (subprotocols.md section 2). A request with an `ack_id` is answered by an `ack_message`; without
// one it is fire-and-forget. Names are not checked here: see rules/names.hpp.
//
// "Preview" marks what official SDKs and the published schema have and the documentation has not: it may change.

struct join_group_message {
    std::string group;
    std::optional<std::uint64_t> ack_id{};

    friend bool operator==(const join_group_message&, const join_group_message&) = default;
};

struct leave_group_message {
    std::string group;
    std::optional<std::uint64_t> ack_id{};

    friend bool operator==(const leave_group_message&, const leave_group_message&) = default;
};

struct send_to_group_message {
    std::string group;
    std::optional<std::uint64_t> ack_id{};
    /// Don't deliver to the sending connection. The user's other connections still get the message.
    bool no_echo = false;
    payload data;
    /// Preview: the metadata are handed to the receivers with the message (subprotocols.md section 12).
    string_map metadata{};
    /// Preview: a member that has not taken the message so many seconds later does not get it. At most 300; 0 is never.
    std::uint32_t ttl_seconds = 0;

    friend bool operator==(const send_to_group_message&, const send_to_group_message&) = default;
};

/// Opens a stream to a group (subprotocols.md section 9). Answered by a `stream_ack_message` or a
/// `stream_closed_message`.
struct start_stream_message {
    std::string group;
    bool no_echo = false;
    stream_start stream;
    /// Preview: the metadata go with each fragment.
    string_map metadata{};
    /// Preview: each fragment lives so many seconds; 0 means that it lives for as long as it takes.
    std::uint32_t ttl_seconds = 0;

    friend bool operator==(const start_stream_message&, const start_stream_message&) = default;
};

/// A fragment of a stream.
struct stream_data_message {
    std::string stream_id;
    /// The first fragment has the number 1, and each further one the next number.
    std::uint64_t stream_sequence_id = 0;
    payload data;

    friend bool operator==(const stream_data_message&, const stream_data_message&) = default;
};

/// Keeps a stream open that has nothing to send. On the wire it is a `streamData` without data.
struct stream_keep_alive_message {
    std::string stream_id;

    friend bool operator==(const stream_keep_alive_message&, const stream_keep_alive_message&) = default;
};

/// The end of a stream, to be sent after all of its data. Answered by a `stream_closed_message`.
struct end_stream_message {
    std::string stream_id;
    /// There is an error when the publisher gives up.
    std::optional<stream_abort> error{};

    friend bool operator==(const end_stream_message&, const end_stream_message&) = default;
};

/// A user event for the application behind the service.
struct event_message {
    std::string event;
    std::optional<std::uint64_t> ack_id{};
    payload data;
    /// Preview: the metadata are handed to the application.
    string_map metadata{};

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

/// Preview: a user event whose answer comes back in an `invoke_response_message` (subprotocols.md section 10).
struct invoke_message {
    /// The id is unique among the invocations of the connection that wait for their answer.
    std::string invocation_id;
    std::string event;
    std::optional<payload> data{};
    string_map metadata{};

    friend bool operator==(const invoke_message&, const invoke_message&) = default;
};

/// Preview: the client no longer waits for the answer. Has no answer itself.
struct cancel_invocation_message {
    std::string invocation_id;

    friend bool operator==(const cancel_invocation_message&, const cancel_invocation_message&) = default;
};

/// Preview: replaces what the connection keeps in the group (subprotocols.md section 11).
struct set_group_state_message {
    std::string group;
    std::optional<std::uint64_t> ack_id{};
    /// Without a value the state is cleared.
    std::optional<string_map> state{};

    friend bool operator==(const set_group_state_message&, const set_group_state_message&) = default;
};

/// Preview: asks for a `group_state_snapshot_message`, and for updates from then on.
struct subscribe_group_state_message {
    std::string group;
    std::optional<std::uint64_t> ack_id{};

    friend bool operator==(const subscribe_group_state_message&, const subscribe_group_state_message&) = default;
};

/// Preview: ends the updates of a `subscribe_group_state_message`.
struct unsubscribe_group_state_message {
    std::string group;
    std::optional<std::uint64_t> ack_id{};

    friend bool operator==(const unsubscribe_group_state_message&, const unsubscribe_group_state_message&) = default;
};

using client_message = variant<join_group_message, leave_group_message, start_stream_message, send_to_group_message,
                               event_message, sequence_ack_message, ping_message, stream_data_message,
                               stream_keep_alive_message, end_stream_message, invoke_message, cancel_invocation_message,
                               set_group_state_message, subscribe_group_state_message, unsubscribe_group_state_message>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
