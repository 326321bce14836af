// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/rules/permission_limits.hpp>
#include <webpubsub/time.hpp>

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
    /// A frame that is longer than this by itself is not taken.
    std::uint32_t bytes = std::uint32_t{16} << 20;

    friend constexpr bool operator==(const queue_limits&, const queue_limits&) = default;
};

/// What the application takes part in.
struct hub_application_options {
    /// Whether the application is asked about each new connection first (`hub_events::connect_requested`).
    bool ask_on_connect = false;
    /// Whether a PubSub connection ends too (1011) when a user event of it has failed, as the documentation has it. The
    /// service answers with a failed ack and goes on (upstream.md section 8).
    bool drop_on_failed_event = false;
    /// Whether the application is told who joins and leaves which group (`hub_events::group_joined`,
    /// `hub_events::group_left`).
    bool report_memberships = false;
    /// Whether each join of a client waits for `hub::release_request` (`hub_orders::request_held`).
    bool hold_joins = false;
    /// The number of events that may wait for `hub::poll_event`. When it or the next limit is reached, connections are
    /// refused (503), and a client that sends a frame all the same is closed with 1011.
    std::size_t max_pending_events = 100'000;
    /// The bytes that clients may have put into these events.
    std::size_t max_pending_event_bytes = std::size_t{64} << 20;
};

/// How long frames may be.
struct hub_frame_options {
    /// The longest frame that a client may send; a longer one ends the connection with 1009.
    std::size_t max_received_size = std::size_t{1} << 20;
    /// The longest payload that the application may send.
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
    /// How many data messages a reliable connection may have that are not acknowledged yet, sent or not (sessions.md
    /// section 6). When there is no room for another, the connection ends (1008).
    queue_limits replay{};
    /// How many frames of a plain connection, or acks, pongs and the like of a reliable one, may wait to be handed to
    /// its transport. When there is no room for another, the connection ends (1008).
    queue_limits outbound{};
    hub_write_window window{};
    /// A connection with a transport whose queue is more than half full is congested: those who send to it wait, clients
    /// of other nodes included, until its queue is at most a quarter full. They wait no longer than this time without a
    /// completed write or an acknowledgement of the congested one.
    std::optional<duration> stall_time = std::chrono::seconds(1);
    /// The time that they wait for one congested connection in all. When either time is over, nobody waits for it any
    /// more, and it is closed (1008) when its queue is full. With zero for one of the two, nobody ever waits for
    /// connections of this hub.
    std::optional<duration> slow_after = std::chrono::seconds(10);
};

/// Requests of one connection (subprotocols.md section 5).
struct hub_request_options {
    /// How many requests may wait for the answer to an event before them, for the host, or for congested receivers. The
    /// size counts what is kept of them. A client that sends one more is closed (1008); while they fill more than half
    /// of the room, the host is told not to read. The service publishes no number.
    queue_limits waiting{1000, std::uint32_t{4} << 20};
    /// The number of ids of successful requests that are remembered to find repetitions (subprotocols.md section 5.2);
    /// with zero a repetition is executed again.
    std::size_t ack_history = 1000;
};

/// Groups, permissions and states in groups (subprotocols.md section 11).
struct hub_group_options {
    /// The number of groups with members in the whole hub.
    std::size_t max_groups = 1'000'000;
    /// The number of groups that one connection may be in. The service documents no limit.
    std::optional<std::size_t> max_per_connection = 10'000;
    /// The bytes of the names of one connection's groups and of what is kept of each membership. The service publishes
    /// no number.
    std::size_t max_bytes_per_connection = std::size_t{16} << 20;
    permission_limits permissions{};
    /// The bytes of the keys and values of one state together.
    std::size_t max_state_size = 512;
    /// The number of groups in which one connection may have a state; each state takes up to some 25 KiB of memory. The
    /// service publishes no number.
    std::size_t max_states_per_connection = 100;
    /// The number of states in the snapshot of a group, the first by connection id.
    std::size_t max_snapshot_items = 200;
};

/// Streams of one connection (subprotocols.md section 9). The numbers are not published by the service.
struct hub_stream_options {
    /// The number of streams that one connection may have open.
    std::size_t max_open = 100;
    /// The longest stream id, in bytes.
    std::size_t max_id_size = 1024;
    /// How long a stream may be silent that names no time of its own.
    std::optional<duration> idle_timeout = std::chrono::seconds(300);
};

/// Invocations of one connection (preview; subprotocols.md section 10). Not published by the service.
struct hub_invocation_options {
    /// The number of invocations of one connection that may wait for their answers.
    std::size_t max_pending = 100;
    /// The longest invocation id, in bytes.
    std::size_t max_id_size = 1024;
};

/// How many connections there may be, and how they are named.
struct hub_connection_options {
    /// The beginning of every connection id: at most 64 letters, digits, '-', '_' and '.'.
    std::string id_prefix{};
    /// The number of connections, detached and closing ones included; without a value there may be as many as there are
    /// ids of transports, 16 million.
    std::optional<std::size_t> max_connections{};
    /// The number of admissions that wait for the application and of transports that were admitted and are not open
    /// yet, together.
    std::size_t max_pending_admissions = 1000;
    /// The longest user id, in bytes. The service publishes no number.
    std::size_t max_user_id_size = 4096;
};

/// Connections that lose their transport (sessions.md section 7).
struct hub_recovery_options {
    /// Whether a reliable connection can be recovered; otherwise it ends with its transport.
    bool enabled = true;
    /// How long a connection without a transport can be recovered.
    std::optional<duration> window = std::chrono::seconds(30);
    /// How long after its beginning a connection can be recovered at all.
    std::optional<duration> token_lifetime = std::chrono::hours(24 * 7);
};

/// How long a hub waits for others.
struct hub_timeout_options {
    /// The time from admission to `hub::handle_opened`; then the transport is closed (1008). The service publishes no
    /// number.
    std::optional<duration> open = std::chrono::seconds(30);
    /// The time that the application has to answer a connect event, a user event (upstream.md section 8) or an
    /// invocation; then the hub answers with a failure.
    std::optional<duration> answer = std::chrono::seconds(100);
    /// The time that the host has to release a request that is held; then the request fails.
    std::optional<duration> held_request = std::chrono::seconds(10);
    /// The time that a peer has to read what goes before a close frame; then its transport is closed without. The
    /// service publishes no number.
    std::optional<duration> close = std::chrono::seconds(5);
};

/// A hub that is one node of several, with a `cluster_member` beside it.
struct hub_cluster_options {
    /// Whether the hub reports what concerns other nodes (`hub_node::poll_report`). Then joins of clients,
    /// subscriptions to states and admissions wait for `hub_node::release_request` and `hub_node::release_admission`,
    /// at most `hub_timeout_options::held_request`.
    bool reports = false;
    /// Whether what clients publish is only reported, and reaches the connections of this hub by `hub_node::deliver`
    /// and `hub_node::announce_state`, so that all nodes can have one order. Other requests of a client that has
    /// published then wait for `hub_node::release_request` as well, so that they don't overtake it. Without `reports`
    /// it means nothing.
    bool defers_publications = false;
    /// Whether a client that asks for the recovery of a connection which this hub does not have is a guest, who is
    /// reported, and of whom `hub_node::write_to_guest` and the like decide. Otherwise it is refused (1008,
    /// sessions.md section 7.1 (9)). Without `reports` it means nothing.
    bool takes_guests = false;
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
    hub_cluster_options cluster{};
};

/// Whether a hub can be made with these options: no duration is negative, and the prefix of connection ids is one.
/// Otherwise the error is `errc::invalid_field` with the name of the option.
WEBPUBSUB_DECL result<void> check_options(const hub_options& options);

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/impl/options.ipp>
#endif
