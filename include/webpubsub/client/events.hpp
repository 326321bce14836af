// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/orders.hpp>
#include <webpubsub/error.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/messages/group_state.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/stream.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/variant.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

enum class client_state : std::uint8_t {
    /// The client was not started.
    idle,
    /// The client makes a new connection, or waits for the next attempt.
    connecting,
    connected,
    /// The transport of a connection is lost; another one is to take it over.
    recovering,
    /// The client has ended for good.
    stopped,
};

constexpr std::string_view name_of(client_state state) noexcept {
    switch (state) {
    case client_state::idle: return "idle";
    case client_state::connecting: return "connecting";
    case client_state::connected: return "connected";
    case client_state::recovering: return "recovering";
    case client_state::stopped: break;
    }
    return "stopped";
}

/// How a request ended.
enum class request_status : std::uint8_t {
    /// The service executed it.
    succeeded,
    /// The service did not execute it, and told why.
    failed,
    /// It was written, and no answer came: it may have been executed or not.
    outcome_unknown,
    /// It was never written.
    not_sent,
};

constexpr std::string_view name_of(request_status status) noexcept {
    switch (status) {
    case request_status::succeeded: return "succeeded";
    case request_status::failed: return "failed";
    case request_status::outcome_unknown: return "outcome_unknown";
    case request_status::not_sent: break;
    }
    return "not_sent";
}

/// What a client tells the application. Events come from `client::poll_event`, in the order in which they happened.
namespace client_events {

// The connection.

/// A new connection is up. This event comes before any message of it. A raw connection has no ids.
struct connected {
    std::string connection_id;
    /// It is empty for an anonymous user.
    std::string user_id;
};

/// The transport is lost; the client tries to recover the connection.
struct recovering {
    std::string connection_id;
    std::uint16_t code = 0;
    std::string reason;
};

/// The connection goes on where it was, with nothing lost.
struct recovered {
    std::string connection_id;
};

/// The connection is gone for good. This event comes once for each `connected`.
struct disconnected {
    std::string connection_id;
    /// The code is that of the close frame, `close_code::none` if the frame had no code, and `close_code::abnormal`
    /// without a frame. After a recovery that came to nothing it is the code of the loss that the recovery was to
    /// repair, or of its refusal. When the client was stopped it is 1000, its own.
    std::uint16_t code = 0;
    std::string reason;
    /// What the service said in a `disconnected` message before it closed.
    std::string message;
};

/// An attempt to connect or to recover failed.
struct connect_failed {
    connect_purpose purpose = connect_purpose::fresh;
    /// Attempts are counted from 1 since the last good connection.
    unsigned attempt = 0;
    /// The HTTP status is that of the handshake's answer; 0 means that there was none.
    unsigned http_status = 0;
    /// The code is that of the close frame. `close_code::abnormal` means that an open transport broke without one, and
    /// 0 that it was never open.
    std::uint16_t code = 0;
    std::string reason;
    /// The next attempt follows after so long. Without a value there is no further attempt of this purpose.
    std::optional<duration> retry_in;
};

/// The client's state has changed. This event comes only with `client_event_options::report_states`, and before the one
/// of the same change: `connected`, `recovering`, `recovered`, `disconnected` or `stopped`.
struct state_changed {
    client_state from{};
    client_state to{};
};

/// The client has ended. This is always the last event.
struct stopped {
    /// The error is the reason for which the client ended by itself; there is none when it was asked to end.
    std::optional<webpubsub::error> error{};
};

/// The host has done what its duties forbid, or has not done what they ask for; the error says what.
struct host_error {
    webpubsub::error error;
};

// Requests.

/// A request has ended. There is one such event for each request.
struct request_completed {
    webpubsub::ack_id ack_id{};
    /// The tag is the one that was given with the request.
    std::uint64_t tag = 0;
    request_status status = request_status::succeeded;
    /// The request was answered by `Duplicate`: the service had executed it before, and that answer was lost.
    bool duplicate = false;
    /// It was written on a connection that is gone and again on a new one, so it may have been executed twice.
    bool may_be_duplicate = false;
    /// The error says why the request failed; it is empty otherwise.
    service_error error;
};

/// A group could not be joined again on a new connection. The client no longer counts it among its groups, unless the
/// error is `Timeout`: then the service did not answer in time.
struct rejoin_failed {
    std::string group;
    service_error error;
};

/// A subscription to a group's states could not be renewed on a new connection. It has ended, unless the error is
/// `Timeout`: then the service did not answer in time.
struct resubscribe_failed {
    std::string group;
    service_error error;
};

// Streams that this client publishes (subprotocols.md section 9).

/// The service has accepted the stream.
struct stream_opened {
    std::string stream_id;
    /// The tag is the one that was given to `open_stream`.
    std::uint64_t tag = 0;
};

/// There is room again after `errc::queue_full`.
struct stream_writable {
    std::string stream_id;
};

enum class stream_status : std::uint8_t {
    /// The stream ended as its publisher asked, with all its data.
    ended,
    /// `abort_stream` has ended it.
    aborted,
    /// The service has ended it, and told why.
    failed,
    /// It ended with its connection, or was given up because transports broke when it was written.
    lost,
};

constexpr std::string_view name_of(stream_status status) noexcept {
    switch (status) {
    case stream_status::ended: return "ended";
    case stream_status::aborted: return "aborted";
    case stream_status::failed: return "failed";
    case stream_status::lost: break;
    }
    return "lost";
}

/// A stream that this client publishes has ended. There is one such event for each stream.
struct stream_closed {
    std::string stream_id;
    std::uint64_t tag = 0;
    stream_status status = stream_status::ended;
    /// The error says why the stream failed; it is empty otherwise.
    service_error error;
};

// Streams of a group that this client is a member of. The events of one stream come in order.

/// A part of a stream has come.
struct stream_fragment {
    std::string group;
    std::string stream_id;
    std::uint64_t stream_sequence_id = 0;
    /// This is the first fragment of the stream that this client gets. The stream may have begun earlier.
    bool first = false;
    payload data;
    std::string from_user_id;
    string_map metadata;
    /// A text of the fragment held half of a surrogate pair, for which U+FFFD stands.
    bool text_replaced = false;
};

/// Fragments between the last one and the next event of the stream never came.
struct stream_gap {
    std::string group;
    std::string stream_id;
    std::uint64_t expected = 0;
    std::uint64_t received = 0;
};

/// Its publisher has ended the stream.
struct stream_finished {
    std::string group;
    std::string stream_id;
    /// There is an error when the stream did not end well.
    std::optional<stream_error> error;
};

/// The stream is no longer followed: nothing came of it for too long, there are too many, or another one began that has
/// its id, so that its end was missed. What comes next is the first fragment of a new stream.
struct stream_abandoned {
    std::string group;
    std::string stream_id;
};

// Invocations (preview; subprotocols.md section 10).

enum class invocation_status : std::uint8_t {
    succeeded,
    /// The service or the application told why.
    failed,
    /// `cancel_invocation` has ended it.
    cancelled,
    /// There was no answer in time.
    timed_out,
    /// The transport was lost before an answer came: it may have been executed or not.
    outcome_unknown,
    /// The transport was lost before it was sent.
    not_sent,
};

constexpr std::string_view name_of(invocation_status status) noexcept {
    switch (status) {
    case invocation_status::succeeded: return "succeeded";
    case invocation_status::failed: return "failed";
    case invocation_status::cancelled: return "cancelled";
    case invocation_status::timed_out: return "timed_out";
    case invocation_status::outcome_unknown: return "outcome_unknown";
    case invocation_status::not_sent: break;
    }
    return "not_sent";
}

/// An invocation has ended. There is one such event for each invocation.
struct invocation_completed {
    std::string invocation_id;
    /// The tag is the one that was given with the invocation.
    std::uint64_t tag = 0;
    invocation_status status = invocation_status::succeeded;
    /// This is the answer of an invocation that succeeded, if the answer has data.
    std::optional<payload> data;
    string_map metadata;
    /// The error says why the invocation failed; it is empty otherwise.
    service_error error;
    /// A text of the answer held half of a surrogate pair, for which U+FFFD stands.
    bool text_replaced = false;
};

// Group states (preview; subprotocols.md section 11).

/// States have changed in a group that the client has subscribed to; `client::group_states` has them all.
struct group_states_changed {
    std::string group;
    /// These items are new. An item without a state tells that the state was cleared.
    std::vector<group_state_item> items;
    /// These are the states at the beginning of the subscription.
    bool snapshot = false;
};

// Messages.

/// A message to a group that this client is a member of.
struct group_message : group_data_message {
    /// A text of the message held half of a surrogate pair, for which U+FFFD stands.
    bool text_replaced = false;
};

/// A message from the application behind the service.
struct server_message : server_data_message {
    /// A text of the message held half of a surrogate pair, for which U+FFFD stands.
    bool text_replaced = false;
};

/// The service sent a message of a kind that this version does not know.
struct unknown_message_received {
    std::string type;
};

/// A frame of a raw connection.
struct frame_received {
    frame_kind kind = frame_kind::text;
    std::string bytes;
};

/// The service skipped sequence ids: messages are lost.
struct sequence_gap {
    std::uint64_t expected = 0;
    std::uint64_t received = 0;
};

/// The service sent what the protocol does not allow. The frame is left out.
struct protocol_error {
    webpubsub::error error;
    /// The sequence id of the frame, where it can be found: this message is lost, which `sequence_gap` tells before the
    /// next one.
    std::optional<std::uint64_t> sequence_id{};
};

} // namespace client_events

/// One of the events: a `variant`, for `visit`, `get_if` and `holds_alternative`.
struct client_event
    : variant<client_events::connected, client_events::recovering, client_events::recovered,
              client_events::disconnected, client_events::connect_failed, client_events::state_changed,
              client_events::stopped, client_events::host_error, client_events::request_completed,
              client_events::rejoin_failed, client_events::resubscribe_failed, client_events::stream_opened,
              client_events::stream_writable, client_events::stream_closed, client_events::stream_fragment,
              client_events::stream_gap, client_events::stream_finished, client_events::stream_abandoned,
              client_events::invocation_completed, client_events::group_states_changed, client_events::group_message,
              client_events::server_message, client_events::unknown_message_received, client_events::frame_received,
              client_events::sequence_gap, client_events::protocol_error> {
    using variant::variant;
};

/// Deletes an event, as what `client::poll_event` gave does by itself.
WEBPUBSUB_DECL void destroy(client_event* event) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/events.ipp>
#endif
