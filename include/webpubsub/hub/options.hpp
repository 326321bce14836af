// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/rules/permission_limits.hpp>
#include <webpubsub/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

// What a hub does where the protocol leaves a choice, and how much it keeps, by topic. Everything that a peer could let
// grow has its limit here; the defaults are those of the service where it publishes them (sessions.md section 11). Of
// an optional duration or number `std::nullopt` means that the limit does not exist; zero is due at once, or room for
// none. Sizes are in bytes.

/// How much a queue may hold.
struct queue_limits {
    std::uint32_t frames = 1000;
    std::uint32_t bytes = std::uint32_t{16} << 20;

    friend constexpr bool operator==(const queue_limits&, const queue_limits&) = default;
};

/// What the application takes part in.
struct hub_application_options {
    /// Put each new connection to the application first (`hub_events::connect_requested`).
    bool ask_on_connect = false;
    /// End a PubSub connection too (1011) when a user event of it has failed, as the documentation has it. The service
    /// answers with a failed ack and goes on (upstream.md section 8).
    bool drop_on_failed_event = false;
    /// Tell the application who joins and leaves which group (`hub_events::group_joined`, `hub_events::group_left`).
    bool report_memberships = false;
    /// Let each join of a client wait for `hub::release_request` (`hub_orders::request_held`).
    bool hold_joins = false;
    /// Events that wait for `hub::poll_event`, and the bytes of what clients have put into them. When either is
    /// reached, connections are refused (503), and a client that sends a frame all the same is closed with 1011.
    std::size_t max_pending_events = 100'000;
    std::size_t max_pending_event_bytes = std::size_t{64} << 20;
};

struct hub_frame_options {
    /// Of a frame of a client; a longer one ends the connection with 1009.
    std::size_t max_received_size = std::size_t{1} << 20;
    /// Of a payload that the application sends.
    std::size_t max_payload_size = std::size_t{1} << 20;
};

/// What is handed to a transport and has not been reported by `hub::handle_written` is limited, by number and by size.
/// At least one message goes whatever the limits are.
struct hub_write_window {
    std::uint32_t messages = 16;
    std::uint32_t bytes = std::uint32_t{256} << 10;
};

/// What waits for one connection to be written or acknowledged, and when its senders have to wait.
struct hub_queue_options {
    /// Of a reliable connection, messages that are not acknowledged yet, sent or not (sessions.md section 6).
    queue_limits replay{};
    /// Frames that wait to be written; on a reliable connection those that are no data messages.
    queue_limits outbound{};
    hub_write_window window{};
    /// A connection with a transport whose queue is more than half full lets those wait who send to it, until the queue
    /// is at most a quarter full; but no longer than this without a completed write or an acknowledgement, …
    std::optional<duration> stall_time = std::chrono::seconds(1);
    /// … and no longer than this in all. A connection whose time is over is closed (1008) when its queue is full.
    std::optional<duration> slow_after = std::chrono::seconds(10);
};

/// Requests of one connection (subprotocols.md section 5).
struct hub_request_options {
    /// Requests that wait: for the answer to an event before them, for the host, or for slow receivers. The size counts
    /// what is kept of them. Not published by the service.
    queue_limits waiting{1000, std::uint32_t{4} << 20};
    /// Ids of successful requests that are remembered to find repetitions (subprotocols.md section 5.2).
    std::size_t ack_history = 1000;
};

/// Groups, permissions and states in groups (subprotocols.md section 11).
struct hub_group_options {
    /// Groups with members.
    std::size_t max_groups = 1'000'000;
    /// Groups of one connection. The service documents no limit.
    std::optional<std::size_t> max_per_connection = 10'000;
    /// Names of the groups of one connection and what is kept of each membership. Not published by the service.
    std::size_t max_bytes_per_connection = std::size_t{16} << 20;
    permission_limits permissions{};
    /// Of one state, keys and values together.
    std::size_t max_state_size = 512;
    /// Groups in which one connection has a state; each costs up to some 25 KiB. Not published by the service.
    std::size_t max_states_per_connection = 100;
    /// States in the snapshot of a group, the first by connection id.
    std::size_t max_snapshot_items = 200;
};

/// Streams of one connection (subprotocols.md section 9). The numbers are not published by the service.
struct hub_stream_options {
    std::size_t max_open = 100;
    std::size_t max_id_size = 1024;
    /// Of a stream that names none of its own.
    std::optional<duration> idle_timeout = std::chrono::seconds(300);
};

/// Invocations of one connection (preview; subprotocols.md section 10). Not published by the service.
struct hub_invocation_options {
    /// Invocations that are not answered.
    std::size_t max_pending = 100;
    std::size_t max_id_size = 1024;
};

struct hub_connection_options {
    /// Put before every connection id: at most 64 letters, digits, '-', '_' and '.'.
    std::string id_prefix{};
    /// Connections, detached and closing ones included; without a value as many as there are ids, 16 million.
    std::optional<std::size_t> max_connections{};
    /// Admissions that wait for the application, and transports that were admitted and are not open yet.
    std::size_t max_pending_admissions = 1000;
    /// Of a user id. Not published by the service.
    std::size_t max_user_id_size = 4096;
};

/// Connections that lose their transport (sessions.md section 7).
struct hub_recovery_options {
    /// Otherwise a reliable connection ends with its transport.
    bool enabled = true;
    /// How long a connection without a transport can be recovered.
    std::optional<duration> window = std::chrono::seconds(30);
    /// From the connection's beginning; afterwards it can't be recovered any more.
    std::optional<duration> token_lifetime = std::chrono::hours(24 * 7);
};

struct hub_timeout_options {
    /// From admission to `hub::handle_opened`. Not published by the service.
    std::optional<duration> open = std::chrono::seconds(30);
    /// For the application to answer a connect event, a user event (upstream.md section 8) or an invocation.
    std::optional<duration> answer = std::chrono::seconds(100);
    /// For the host to release a request that is held.
    std::optional<duration> held_request = std::chrono::seconds(10);
    /// For the peer to read what goes before a close frame. Not published by the service.
    std::optional<duration> close = std::chrono::seconds(5);
};

/// What a `hub` is made with.
struct hub_options {
    hub_application_options application{};
    hub_frame_options frames{};
    hub_queue_options queues{};
    hub_request_options requests{};
    hub_group_options groups{};
    hub_stream_options streams{};
    hub_invocation_options invocations{};
    hub_connection_options connections{};
    hub_recovery_options recovery{};
    hub_timeout_options timeouts{};
};

/// Whether a hub can be made with these options: no duration is negative, and the prefix of connection ids is one.
/// `errc::invalid_field`, with the name of the option.
WEBPUBSUB_DECL result<void> check_options(const hub_options& options);

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/impl/options.ipp>
#endif
