// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/rules/permission_set.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/outbound_queue.hpp>
#include <webpubsub/track/secure_random.hpp>
#include <webpubsub/track/seeded_hash.hpp>

#include <chrono>
#include <cstddef>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a `hub` is made with. Everything that a peer could let grow has its limit here; the defaults are those of the
/// service where it publishes them (sessions.md section 11).
struct hub_options {
    /// Needed: connection ids and reconnection tokens are made from it. A hub without one refuses every admission.
    secure_random random;
    /// Draw it at random where peers are not trusted: names of groups and users and the clients' ack ids are hashed
    /// with it.
    webpubsub::hash_seed hash_seed;

    /// Whether each new connection is put to the application first (`connect_requested`).
    bool ask_application = false;
    /// Whether a user event that failed ends a PubSub connection too (1011), as the documentation has it; the service
    /// answers with a failed ack and goes on (upstream.md section 8).
    bool drop_on_failed_event = false;
    /// Whether the application is told who joins and leaves which group (`group_joined`, `group_left`).
    bool report_memberships = false;

    // Sizes in bytes.

    /// Of a client's frame; a longer one ends the connection with 1009.
    std::size_t max_frame_size = std::size_t{1} << 20;
    /// Of a payload that the application sends.
    std::size_t max_payload_size = std::size_t{1} << 20;

    // Memory for each connection.

    /// Of a reliable connection, messages that are not acknowledged yet, sent or not (sessions.md section 6).
    queue_limits replay_buffer{};
    /// Frames that wait to be written; on a reliable connection those that are no data messages.
    queue_limits outbound_queue{};
    /// Requests that arrived while an event of the connection waits for its answer. Not published by the service.
    queue_limits waiting_requests{1000, std::uint32_t{4} << 20};
    /// Ids of successful requests that are remembered to find repetitions (subprotocols.md section 5.2).
    std::size_t ack_history = 1000;
    /// 0 is no limit, and the service documents none; each membership costs some 100 bytes.
    std::size_t max_groups_per_connection = 10'000;
    permission_limits permissions{};
    /// Of the id that a client gives to a stream or an invocation, in bytes. Not published by the service, nor are the
    /// next two.
    std::size_t max_id_size = 1024;
    /// Streams that are open.
    std::size_t max_streams = 100;
    /// Invocations that are not answered.
    std::size_t max_invocations = 100;
    /// Of one group state, keys and values together, in bytes (subprotocols.md section 11).
    std::size_t max_group_state_size = 512;
    /// Groups in which a connection has a state; each costs up to some 25 KiB. Not published by the service.
    std::size_t max_group_states = 100;
    /// States in the snapshot of a group, the first by connection id (subprotocols.md section 11).
    std::size_t max_snapshot_items = 200;

    // Memory of the whole hub.

    /// Connections, detached and closing ones included. 0 is no limit but that of the ids, 16 million.
    std::size_t max_connections = 0;
    /// Admissions that wait for the application, and transports that were admitted and are not open yet.
    std::size_t max_pending_admissions = 1000;

    // Times.

    /// From admission to `handle_opened`. Not published by the service.
    duration open_timeout = std::chrono::seconds{30};
    /// For the application to answer a connect or user event (upstream.md section 8) or an invocation.
    duration event_timeout = std::chrono::seconds{100};
    /// How long a reliable connection without a transport can be recovered (sessions.md section 7.1).
    duration recovery_window = std::chrono::seconds{30};
    /// Of a stream that names none of its own (subprotocols.md section 9).
    duration stream_idle_timeout = std::chrono::seconds{300};
    /// From the connection's beginning; afterwards it can't be recovered any more (sessions.md section 7.2).
    std::chrono::hours token_lifetime{24 * 7};
    /// For the peer to read what goes before a close frame. Not published by the service.
    duration close_timeout = std::chrono::seconds{5};
};

} // namespace webpubsub
