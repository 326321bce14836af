// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/event.hpp>
#include <webpubsub/hub/group_states.hpp>
#include <webpubsub/hub/published_streams.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/rules/permission_set.hpp>
#include <webpubsub/rules/send_to_group_mode.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/ack_history.hpp>
#include <webpubsub/track/ring.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Where a logical connection is in its life. It goes downwards only, but for `detached`, from which a recovery leads
/// back to `open`; from everywhere it may go to `ended`.
enum class connection_state : std::uint8_t {
    /// The slot is free, or the connection has ended and its last frames are being written.
    ended,
    /// Let in; not known to anybody yet.
    admitted,
    open,
    /// Reliable, without a transport, to be recovered until its window is over (sessions.md section 7.1).
    detached,
};

/// A request that arrived while an event of its connection waits for an answer.
struct waiting_request {
    client_message message;
    /// Of its frame.
    std::size_t size = 0;
    /// The hub's number of an invocation; 0 for every other request.
    event_id invocation = 0;
};

/// A logical connection but for its output: what lives as long as its id, across recoveries.
struct connection {
    connection_state state = connection_state::ended;
    std::string id;
    /// Empty for an anonymous user.
    std::string user_id;
    /// The name that the handshake confirmed; empty for none.
    std::string subprotocol;
    /// Nothing for a simple client.
    std::optional<service_codec> protocol;
    permission_set permissions;
    /// Of a simple client: its frames go to this group. Nothing: they are events.
    std::optional<send_to_group_mode> publishes_to;
    /// To be joined when it opens.
    std::vector<std::string> first_groups;
    ack_history acks;

    /// The event that waits for the application, 0 for none; and the ack that the client wants for it.
    event_id pending_event = 0;
    std::optional<ack_id> pending_ack;
    ring<waiting_request> waiting;
    std::size_t waiting_bytes = 0;

    published_streams streams;

    /// Empty unless the connection is reliable.
    std::string reconnection_token;
    wall_time token_expires{};

    bool is_live() const noexcept { return state == connection_state::open || state == connection_state::detached; }
    bool is_reliable() const noexcept { return protocol && protocol->protocol().reliable; }
};

/// What others are to be told about a connection that has ended.
struct legacy {
    std::string user_id;
    published_streams streams;
    std::optional<state_owner> states;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
