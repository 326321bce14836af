// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/ack_tracker.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace webpubsub {

/// What a connection attempt is for.
enum class connect_purpose : std::uint8_t { fresh, recovery };

// What a client tells the program that runs it.
namespace client_events {

// To the transport.

/// Open a WebSocket connection to `url`, offering exactly `subprotocol` (none if it is empty). Answer with
/// `handle_opened` or `handle_open_failed`.
struct open_transport {
    transport_id transport = 0;
    /// Holds secrets.
    std::string url;
    std::string subprotocol;
};

/// Close the connection, or give up opening it: with a close frame of that code and reason, or none at all if the code
/// is `close_code::none`. The client has already let go of this transport and ignores what still comes of it.
struct close_transport {
    transport_id transport = 0;
    std::uint16_t code = close_code::normal;
    /// At most 123 bytes, as a close frame can carry.
    std::string reason;
};

// To whoever knows the URLs.

/// A client access URL is needed. Answer with `provide_url` or `fail_url`, at any time.
struct need_url {
    std::uint64_t request = 0;
    connect_purpose purpose = connect_purpose::fresh;
    /// The HTTP status by which the last URL was refused (401 or 403), or 0.
    unsigned refused_status = 0;
};

// To the application: the connection.

/// A new connection is up. Comes before any message of it. A raw connection has no ids.
struct connected {
    std::string connection_id;
    /// Empty for an anonymous user.
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

/// The connection is gone for good. Comes once for each `connected`.
struct disconnected {
    std::string connection_id;
    /// Of the close frame; `close_code::abnormal` and the like without one.
    std::uint16_t code = 0;
    std::string reason;
    /// What the service said in a `disconnected` message before it closed.
    std::string message;
};

/// An attempt to connect or to recover failed.
struct connect_failed {
    connect_purpose purpose = connect_purpose::fresh;
    /// Counted from 1 since the last good connection.
    unsigned attempt = 0;
    /// Of the handshake's answer, 0 without one.
    unsigned http_status = 0;
    /// Of the close frame, 0 without one.
    std::uint16_t code = 0;
    std::string reason;
    /// The next attempt follows after so long; nothing if there is none of this purpose.
    std::optional<duration> retry_in;
};

/// The client has ended. Always the last event.
struct stopped {};

// To the application: requests.

/// The one outcome of a request.
struct request_completed {
    webpubsub::ack_id ack_id = 0;
    /// As given with the request.
    std::uint64_t tag = 0;
    request_status status = request_status::succeeded;
    /// `succeeded`: the service had executed it already, and the answer was lost.
    bool duplicate = false;
    /// It was written on a connection that is gone and again on a new one, so it may have been executed twice.
    bool may_be_duplicate = false;
    /// `failed`: why.
    service_error error;
};

/// A group could not be joined again on a new connection; the client no longer counts it among its groups.
struct rejoin_failed {
    std::string group;
    service_error error;
};

// To the application: messages.

using group_message = group_data_message;
using server_message = server_data_message;

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
};

} // namespace client_events

using client_event =
    std::variant<client_events::open_transport, client_events::close_transport, client_events::need_url,
                 client_events::connected, client_events::recovering, client_events::recovered,
                 client_events::disconnected, client_events::connect_failed, client_events::stopped,
                 client_events::request_completed, client_events::rejoin_failed, client_events::group_message,
                 client_events::server_message, client_events::unknown_message_received, client_events::frame_received,
                 client_events::sequence_gap, client_events::protocol_error>;

} // namespace webpubsub
