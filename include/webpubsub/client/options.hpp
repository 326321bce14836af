// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>
#include <webpubsub/track/ack_tracker.hpp>
#include <webpubsub/track/backoff.hpp>
#include <webpubsub/track/group_state_view.hpp>
#include <webpubsub/track/inbound_streams.hpp>
#include <webpubsub/track/invocation_tracker.hpp>
#include <webpubsub/track/outbound_stream.hpp>
#include <webpubsub/track/sequence_tracker.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a client does where the protocol leaves a choice. A duration of zero switches its feature off.
struct client_options {
    /// The client access URL, used for every connection. Empty: the client asks with `need_url`, which is the way to
    /// outlive a token.
    std::string url;

    /// Make a new connection when one is lost and can't be recovered. Otherwise the client stops.
    bool auto_reconnect = true;
    /// Join the groups again on a new connection.
    bool auto_rejoin = true;
    /// Attempts to connect; the first after a good connection follows at once.
    backoff_options reconnect{};
    /// Try again when the first connection of all fails. Otherwise the client stops.
    bool retry_first_connect = true;
    /// Stop after so many attempts in a row without a good connection; 0 is never.
    unsigned max_connect_attempts = 0;
    /// A connection counts as good when it has been up for so long. Until then the delays between attempts go on
    /// growing, so that a service that accepts and closes is not flooded.
    duration stable_time = std::chrono::seconds(5);
    /// From asking for a transport to the `connected` message.
    duration handshake_timeout = std::chrono::seconds(30);

    /// How long to try to recover a connection (reliable subprotocols; sessions.md section 7.1).
    duration recovery_window = std::chrono::seconds(30);
    /// Attempts to recover; the first follows at once.
    backoff_options recovery{std::chrono::seconds(1), std::chrono::seconds(1), 0.0};
    /// A recovery that the service has not refused for so long has succeeded: a refusal comes after the handshake.
    duration recovery_confirmation = std::chrono::seconds(1);

    /// When a connection is replaced, send again what was written on it and not acknowledged. Those requests may then
    /// be executed twice, and their outcome says so. Otherwise they end as `outcome_unknown`.
    bool resend_on_new_connection = false;

    /// A `ping` is sent so often.
    duration keep_alive_interval = std::chrono::seconds(20);
    /// The transport is given up when nothing was received for so long.
    duration keep_alive_timeout = std::chrono::seconds(120);

    /// Received messages are acknowledged after so long.
    duration sequence_ack_interval = std::chrono::seconds(1);
    /// When they are acknowledged at once.
    sequence_tracker::limits sequence_ack{};

    /// A URL whose lifetime ends within this time is not used again.
    duration url_renewal_margin = std::chrono::seconds(30);

    /// Close a connection on which a malformed frame came, and make a new one. Otherwise the frame is only reported.
    bool close_on_malformed_frame = false;

    /// Requests: how many, and how often they are tried.
    ack_tracker::limits requests{};
    /// A request without an answer for so long ends as `outcome_unknown`. Off unless set: a lost answer shows when the
    /// transport is lost.
    duration request_timeout{};
    /// The same for what restores groups on a new connection.
    duration rejoin_timeout{};

    /// Streams that are published at a time, and what each of them may keep.
    std::size_t max_streams = 100;
    outbound_stream::limits outbound_stream_limits{};
    /// Streams that are received.
    inbound_streams::limits inbound_stream_limits{};

    /// Invocations: how many, and after how long without an answer one is cancelled.
    invocation_tracker::limits invocations{};
    duration invocation_timeout{};

    /// Bytes of the keys and values of a group state (subprotocols.md section 11).
    std::size_t max_group_state_size = 512;
    /// What is kept of the states in one group.
    group_state_view::limits group_states{};

    /// Bytes of a WebSocket message that is sent (subprotocols.md section 1).
    std::size_t max_frame_size = 1 << 20;
    /// Bytes of a WebSocket message that is received. More than what anyone may send: the same data can be longer in
    /// the receiver's encoding, where base64 adds a third and an escaped character takes six bytes.
    std::size_t max_received_frame_size = 8 << 20;
    /// Groups to rejoin, and to subscribe to again. One more is an error.
    std::size_t max_groups = 10'000;
    /// Events left unpolled, beyond which no frame is taken.
    std::size_t max_events = 4096;

    /// Raise `state_changed`.
    bool report_states = false;

    /// Seeds the jitter. Clients that start together should differ in it.
    std::uint64_t seed = 0;
};

} // namespace webpubsub
