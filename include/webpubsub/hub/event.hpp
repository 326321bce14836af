// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/admission.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/string_map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

// What a hub has to say. The first two and `close_transport` are for the host of the transports, the others for the
// application behind the service, its "upstream" (upstream.md sections 5 to 7).

/// Shall this client be let in? To be answered by `accept_connect` or `refuse_connect`.
struct connect_requested {
    admission_id id = 0;
    /// The id that the connection will have.
    std::string connection_id;
    connect_request request;
};

/// What became of an admission that was `waiting`: `accepted` or `refused`.
struct admitted {
    admission_id id = 0;
    admission outcome;
};

/// Send a close frame with this code and reason if you still can, then drop the transport, and call `handle_closed`
/// when it is gone. Everything that was to be written before it has been. Raised at most once for a transport.
struct close_transport {
    transport_id transport = 0;
    std::uint16_t code = close_code::normal;
    /// At most 123 bytes, as a close frame can carry.
    std::string reason;
};

/// A new logical connection. Not raised when one is recovered.
struct client_connected {
    std::string connection_id;
    /// Empty for an anonymous user.
    std::string user_id;
    /// The subprotocol's name; empty for a simple client without one.
    std::string subprotocol;
    transport_id transport = 0;
};

/// The end of a logical connection: exactly one for each `client_connected` (upstream.md section 6).
struct client_disconnected {
    std::string connection_id;
    std::string reason;
};

/// Preview: who is in which group, if `hub_options::report_memberships` asks for it (upstream.md section 6). It comes
/// for each change, whoever has made it: the client, the application, or the token; and `group_left` at the end of a
/// connection, before `client_disconnected`.
struct group_joined {
    std::string connection_id;
    std::string user_id;
    std::string group;
};

struct group_left {
    std::string connection_id;
    std::string user_id;
    std::string group;
};

/// Names a `user_event` or an `invocation` that waits for its answer.
using event_id = std::uint64_t;

/// A client's event, to be answered by `answer_event` or `fail_event`. A connection has at most one at a time: its
/// later requests wait until this one is answered.
struct user_event {
    event_id id = 0;
    std::string connection_id;
    std::string user_id;
    /// Always `message` from a simple client.
    std::string event;
    payload data;
    /// Preview.
    string_map metadata{};
};

/// Preview: a client's event whose answer goes back to its caller (subprotocols.md section 10), to be answered by
/// `answer_invocation` or `fail_invocation`. Any number of them may wait, and nothing waits for them.
struct invocation {
    event_id id = 0;
    std::string connection_id;
    std::string user_id;
    /// As the client calls it.
    std::string invocation_id;
    std::string event;
    std::optional<payload> data{};
    string_map metadata{};
};

/// Nobody wants the answer any more: the client has cancelled the invocation, or lost the transport that the answer
/// would have taken. Not raised when the time for the answer is over.
struct invocation_cancelled {
    event_id id = 0;
};

using hub_event = std::variant<connect_requested, admitted, close_transport, client_connected, client_disconnected,
                               group_joined, group_left, user_event, invocation, invocation_cancelled>;

} // namespace webpubsub
