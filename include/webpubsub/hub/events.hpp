// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/admission.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/variant.hpp>

#include <optional>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a hub tells the application behind the service, its "upstream" (upstream.md sections 5 to 7). Events come from
/// `hub::poll_event`, in the order in which things happened.
namespace hub_events {

/// A client wants to connect; to be answered by `hub::accept_connect` or `hub::refuse_connect`.
struct connect_requested {
    admission_id id{};
    /// The id that the connection will have.
    std::string connection_id;
    connect_request request;
};

/// A new logical connection is open. Not raised when one is recovered.
struct client_connected {
    std::string connection_id;
    /// The user id is empty for an anonymous user.
    std::string user_id;
    /// The subprotocol is empty for a simple client without one.
    std::string subprotocol;
    transport_id transport{};
};

/// A logical connection has ended: there is exactly one of these for each `client_connected` (upstream.md section 6).
struct client_disconnected {
    std::string connection_id;
    std::string reason;
};

/// Preview: a connection has become a member of a group, if `hub_application_options::report_memberships` asks for it
/// (upstream.md section 6). The event comes for each change, whoever has made it: the client, the application, or the
/// token.
struct group_joined {
    std::string connection_id;
    std::string user_id;
    std::string group;
};

/// Preview: a connection is no member of a group any more. At the end of a connection this comes before
/// `client_disconnected`.
struct group_left {
    std::string connection_id;
    std::string user_id;
    std::string group;
};

/// A client has sent an event, to be answered by `hub::answer_event` or `hub::fail_event`. A connection has at most one
/// at a time: its later requests wait until this one is answered.
struct user_event {
    event_id id{};
    std::string connection_id;
    std::string user_id;
    /// The name of the event, which is always `message` from a simple client.
    std::string event;
    payload data;
    /// The metadata of the event (preview).
    string_map metadata{};
};

/// Preview: a client has sent an event whose answer goes back to its caller (subprotocols.md section 10), to be
/// answered by `hub::answer_invocation` or `hub::fail_invocation`. Any number of them may wait, and nothing waits for
/// them.
struct invocation {
    event_id id{};
    std::string connection_id;
    std::string user_id;
    /// The id that the client has given it.
    std::string invocation_id;
    std::string event;
    std::optional<payload> data{};
    string_map metadata{};
};

/// Nobody wants the answer any more: the client has cancelled the invocation, or lost the transport that the answer
/// would have taken. Not raised when the time for the answer is over.
struct invocation_cancelled {
    event_id id{};
};

} // namespace hub_events

using hub_event = variant<hub_events::connect_requested, hub_events::client_connected, hub_events::client_disconnected,
                          hub_events::group_joined, hub_events::group_left, hub_events::user_event,
                          hub_events::invocation, hub_events::invocation_cancelled>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
