// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/message_buffer.hpp>
#include <webpubsub/hub/admission.hpp>
#include <webpubsub/hub/delivery.hpp>
#include <webpubsub/hub/events.hpp>
#include <webpubsub/hub/options.hpp>
#include <webpubsub/hub/orders.hpp>
#include <webpubsub/hub/parts/admissions.hpp>
#include <webpubsub/hub/parts/fan_out.hpp>
#include <webpubsub/hub/parts/group_states.hpp>
#include <webpubsub/hub/parts/invocations.hpp>
#include <webpubsub/hub/parts/node_reports.hpp>
#include <webpubsub/hub/parts/outputs.hpp>
#include <webpubsub/hub/parts/pending_events.hpp>
#include <webpubsub/hub/parts/requests.hpp>
#include <webpubsub/hub/parts/roster.hpp>
#include <webpubsub/hub/parts/streams.hpp>
#include <webpubsub/hub/send_options.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/permission.hpp>
#include <webpubsub/support/random.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Counts of what has happened to a hub since it was made.
struct hub_counters {
    /// Calls that changed nothing, because they named a transport which was no longer, or not yet, in a state for them,
    /// or more writes than were under way.
    std::uint64_t late_inputs = 0;
    /// Connections that went on with another transport.
    std::uint64_t recoveries = 0;
    /// Transports that asked for a recovery and were closed instead (1008).
    std::uint64_t refused_recoveries = 0;
    /// Connections that were closed (1008) because their queue was full.
    std::uint64_t slow_consumers = 0;

    friend bool operator==(const hub_counters&, const hub_counters&) = default;
};

/// How much waits for one connection.
struct queue_depth {
    /// The number of messages that were not handed to a transport, or on a reliable connection are not acknowledged.
    std::size_t messages = 0;
    /// The size of these messages in bytes, without what a frame adds to its payload on the way.
    std::size_t bytes = 0;
    /// How many of these messages were handed to the present transport and are not acknowledged; 0 on a plain
    /// connection.
    std::size_t unacknowledged = 0;
    /// The number of acks, pongs and the like that were not handed to a transport.
    std::size_t control_frames = 0;
    /// The number of requests of the connection that wait for their turn.
    std::size_t waiting_requests = 0;

    friend bool operator==(const queue_depth&, const queue_depth&) = default;
};

/// The service side of one hub: connections, users, groups, permissions, acks, sequence ids, recovery, streams,
/// invocations and group state, as the state machine that they are, without sockets, threads or a clock.
///
/// Its methods are getters, handles (something happened outside), commands (the application wants something) and polls
/// (what to do next). The loop's invariant: **after every handle or command, drain `poll_order`; take what
/// `poll_transmit` gives for each transport that `poll_ready` names, write it, and call `handle_written` when a write
/// has completed; keep one timer armed for `poll_timeout`; and take events from `poll_event` whenever you like.** Time
/// never runs backwards from call to call.
///
/// A transport is admitted by `admit`, named by a `transport_id` from then on, and ends with the host's one
/// `handle_closed`, whoever closed it. The logical connection that it carries has an id of its own; on a reliable
/// subprotocol it outlives its transport for the recovery window, and continues on the next one.
///
/// A command takes views, which need to be valid for the call only. When it fails, nothing has changed.
///
/// A hub is a value: a copy goes on independently and shares nothing (but whatever the source of random bytes refers
/// to). Distinct hubs may be used from distinct threads, one hub from one at a time; deliveries belong to the thread of
/// their hub. Nothing throws because of what peers send; only allocation can, and then the call may be done in part,
/// but the hub can be used on.
class hub {
public:
    /// At most one codec for each subprotocol counts, the first. A hub without any has simple clients only. Connection
    /// ids, reconnection tokens and the seed of the hub's hashes are drawn from `random`. With options that
    /// `check_options` refuses no connection is admitted (500).
    hub(const std::vector<service_codec>& codecs, const hub_options& options, const secure_random& random);

    // A hub that was moved from is as one without connections, whose transports are all gone. Defined elsewhere, so
    // that a program that uses a compiled hub does not compile its parts.
    hub(const hub& other);
    hub(hub&& other) noexcept;
    hub& operator=(const hub& other);
    hub& operator=(hub&& other) noexcept;
    ~hub();

    // Admission: sessions.md sections 3 and 4.

    /// A client wants to connect. The subprotocol is the first offered one that the hub has a codec for; with none the
    /// client is a simple one. It is refused with 400 when a group has an invalid name, the groups are more than one
    /// connection may be in, or the user id is not UTF-8, and with 503 when a limit of the whole hub is reached. The
    /// application is never asked about a recovery, and whether it succeeds shows after the upgrade.
    [[nodiscard]] admission admit(instant now, connect_request request);

    /// The application's answer to `connect_requested`; the outcome is an order, `admission_decided`. An overriding
    /// group with an invalid name, more groups than one connection may be in, a user id that is not UTF-8, or a
    /// subprotocol that was not offered turn it into a refusal with 500, and a hub without room for the groups into one
    /// with 503.
    result<void> accept_connect(instant now, admission_id id, connect_overrides overrides = {});

    /// A status of 400 to 499 is passed on, any other becomes 500.
    result<void> refuse_connect(instant now, admission_id id, unsigned http_status, std::string_view message = {});

    /// The client that waits for this admission has gone away. No order follows, also if one was to be polled; a
    /// client that was let in is gone with its transport.
    void handle_abandoned(instant now, admission_id id);

    // Transports.

    /// The upgrade has finished. The connection exists from now on; on a PubSub subprotocol `connected` is its first
    /// frame. A recovery succeeds or is refused here (1008), and a client for whose groups the hub has no room any more
    /// is refused with the same code.
    void handle_opened(instant now, transport_id transport);

    /// One whole WebSocket message. Once a close was decided, more of them are ignored.
    void handle_frame(instant now, transport_id transport, frame_kind kind, std::string_view bytes);

    /// The WebSocket layer can't read what the client sent: a frame against RFC 6455 (1002), text that is not UTF-8
    /// (1007), a message too long for it (1009). Ends the connection with that code.
    void handle_bad_frame(instant now, transport_id transport, std::uint16_t code = close_code::protocol_error);

    /// The `n` oldest deliveries for this transport that were not reported yet have been written. A transport whose
    /// host forgets to say so is given nothing more when its write window is used up, and is closed as a slow reader in
    /// the end.
    void handle_written(instant now, transport_id transport, std::uint32_t n = 1);

    /// The transport is gone, with the peer's close code or `close_code::abnormal`. The host calls this exactly once
    /// for each admitted transport, also after `close_transport` and after an upgrade that failed; deliveries may still
    /// be under way. A client's 1000 ends the connection for good; after any other code a reliable one can be recovered
    /// (sessions.md section 7.3).
    void handle_closed(instant now, transport_id transport, std::uint16_t code = close_code::abnormal,
                       std::string_view reason = {});

    /// A deadline of `poll_timeout` has passed. The call does no harm at any other time.
    void handle_timeout(instant now);

    // Answers to `user_event`, in any order. `unknown_target` when the event is no longer waiting: answered, timed out,
    // or its connection has ended.

    /// Sends the payload, if there is one, to the connection with its metadata (preview), then the ack, and goes on
    /// with the requests that waited. After `invalid_payload`, `frame_too_large` or `invalid_metadata` the event still
    /// waits.
    result<void> answer_event(instant now, event_id id, std::optional<payload_view> answer = std::nullopt,
                              const string_map& metadata = {});

    /// The client gets an ack with `InternalServerError`; a simple one is closed with 1011 (upstream.md section 8).
    result<void> fail_event(instant now, event_id id);

    // Answers to `invocation` (preview), in any order. `unknown_target` when nobody waits any more.

    /// The client gets the payload, if there is one. After `invalid_payload`, `frame_too_large` or `invalid_metadata`
    /// the invocation still waits.
    result<void> answer_invocation(instant now, event_id id, std::optional<payload_view> answer = std::nullopt,
                                   const string_map& metadata = {});

    /// The client gets the error, whose texts are UTF-8 (otherwise `invalid_utf8`, and the invocation still waits).
    result<void> fail_invocation(instant now, event_id id, const service_error& error);

    // Answers to `request_held`, in any order. `unknown_target` when the request does not wait any more. After
    // `hub_timeout_options::held_request` the client is told `InternalServerError`, and the request has no effect.

    /// The request is executed, and those behind it go on.
    result<void> release_request(instant now, held_request_id id);
    /// The client gets the error, whose texts are UTF-8 (otherwise `invalid_utf8`, and the request still waits).
    result<void> refuse_request(instant now, held_request_id id, const service_error& error);

    // What the application sends. All of it is checked (`invalid_payload`, `frame_too_large`, `invalid_metadata`,
    // `invalid_field` for a time to live); the result is the number of connections whose queue took the message, and
    // none is no error.

    result<std::size_t> send_to_all(instant now, payload_view data, const send_options& options = {});
    result<std::size_t> send_to_user(instant now, std::string_view user_id, payload_view data,
                                     const send_options& options = {});
    result<std::size_t> send_to_group(instant now, std::string_view group, payload_view data,
                                      const send_options& options = {});
    result<std::size_t> send_to_connection(instant now, std::string_view connection_id, payload_view data,
                                           const send_options& options = {});

    // What the application decides. `unknown_target` for a connection that does not exist.

    /// The connection needs no role for this. Joining twice and leaving a group of others succeed. A connection that
    /// leaves a group loses its state there and its subscription to the others'. The error is `too_many_groups` when a
    /// limit of `hub_group_options` is reached.
    result<void> add_to_group(instant now, std::string_view connection_id, std::string_view group);
    result<void> remove_from_group(instant now, std::string_view connection_id, std::string_view group);
    result<void> remove_from_all_groups(instant now, std::string_view connection_id);

    /// The permission is given or taken as `permission_set` says, on a detached connection as well (permissions.md
    /// section 5).
    result<void> grant(instant now, std::string_view connection_id, permission what, std::string_view group);
    result<void> revoke(instant now, std::string_view connection_id, permission what, std::string_view group);

    /// A PubSub client is told the reason in a `disconnected` message, then the transport is closed with 1000
    /// (sessions.md section 8). A detached connection ends as well. A reason that is not UTF-8 is `invalid_utf8`.
    result<void> close_connection(instant now, std::string_view connection_id, std::string_view reason = {});

    /// The service stops: every connection ends and every transport is closed with this code, but for those that are
    /// being closed already and for those of other hubs' clients, which `cluster_member::leave` closes; waiting
    /// admissions are refused with 503. The hub can be used on. A reason that is not UTF-8 is `invalid_utf8`, and
    /// nothing happens.
    result<void> close_all(instant now, std::uint16_t code = close_code::going_away,
                           std::string_view reason = "The service is shutting down.");

    // What to do next.

    /// The next order for the host.
    polled<hub_order> poll_order();

    /// The next event for the application.
    polled<hub_event> poll_event() { return events_.take(); }

    /// A transport that has something to write and room for it in its window; each is named once for each reason. Take
    /// its `poll_transmit` until there is nothing, or once at least.
    std::optional<transport_id> poll_ready() { return outputs_.poll_ready(); }

    /// The next message for this transport, until its write window is used up (`hub_write_window`).
    std::optional<delivery> poll_transmit(transport_id transport) { return outputs_.poll_transmit(transport); }

    /// When to call `handle_timeout`; changes with every call of anything.
    std::optional<steady_time> poll_timeout() const;

    /// Whether the host should read from this transport now: false between `pause_reading` and `resume_reading`, and
    /// for a transport that is not open or is being closed.
    bool wants_input(transport_id transport) const;

    // Getters. A connection exists from `client_connected` to `client_disconnected`.

    bool connection_exists(std::string_view connection_id) const;
    bool user_exists(std::string_view user_id) const;
    /// A group exists while it has members.
    bool group_exists(std::string_view group) const;
    bool is_in_group(std::string_view connection_id, std::string_view group) const;
    /// Whether the connection may do this now, by its roles, their patterns, or a grant; false for a connection that
    /// does not exist.
    bool has_permission(std::string_view connection_id, permission what, std::string_view group) const;
    /// The id of the connection that a transport carries; it is empty when the transport carries none.
    std::string_view connection_of(transport_id transport) const;
    /// The user id of a connection; it is empty for an anonymous one, and for a connection that does not exist. The
    /// view is valid until the next call.
    std::string_view user_of(std::string_view connection_id) const;
    /// The result is empty for a connection that does not exist.
    std::optional<queue_depth> queue_of(std::string_view connection_id) const;

    std::size_t connection_count() const noexcept { return roster_.live(); }
    std::size_t user_count() const noexcept { return roster_.users().size(); }
    std::size_t group_count() const noexcept { return roster_.groups().size(); }
    /// How many connections the user has.
    std::size_t connection_count_of_user(std::string_view user_id) const;
    /// How many members the group has.
    std::size_t connection_count_of_group(std::string_view group) const;

    // Lists, in the order of ids or names, from the first that is not less than `from`, at most `limit`. The next page
    // begins with the last of a page and a zero byte behind it.

    /// Only connections that pass the filter are in the list; whether one does is asked until the page is full.
    std::vector<std::string> list_connections(std::string_view from, std::size_t limit,
                                              const connection_filter& filter = {}) const;
    /// The time is linear in the number of the user's connections, or of the group's members.
    std::vector<std::string> list_connections_of_user(std::string_view user_id, std::string_view from,
                                                      std::size_t limit) const;
    std::vector<std::string> list_members(std::string_view group, std::string_view from, std::size_t limit) const;
    std::vector<std::string> list_users(std::string_view from, std::size_t limit) const;
    std::vector<std::string> list_groups(std::string_view from, std::size_t limit) const;

    const hub_counters& counters() const noexcept { return counters_; }
    /// How often a connection let its senders wait for too long, because its client does not read, or because its host
    /// forgets `handle_written`.
    std::uint64_t slow_reader_count() const noexcept { return outputs_.slow_readers(); }

private:
    friend class hub_node;

    /// A call of a public function: it sets the time and, at its end, settles what the call has led to. What an
    /// exception leaves is settled by the next call.
    class call : public hub_parts::turn {
    public:
        call(hub& of, instant time);
        call(const call&) = delete;
        call& operator=(const call&) = delete;
        ~call() noexcept(false);

    private:
        hub& hub_;
    };
    using slot = std::uint32_t;

    bool is_settled() const noexcept;
    void settle(hub_parts::turn& during);

    void receive(hub_parts::turn& during, slot from, frame_kind kind, std::string_view bytes);
    result<bool> read(slot from, frame_kind kind, std::string_view bytes);
    template <class Message>
    Message& select();
    hub_parts::arrival arrive(hub_parts::turn& during, slot from, bool altered);
    bool is_held_back(hub_parts::turn& during, slot from, const client_message& message);
    void execute(hub_parts::turn& during, slot from, client_message& message, std::uint64_t number,
                 std::optional<std::uint64_t> ack, hub_parts::holder released_by = hub_parts::holder::none);
    void execute_released(hub_parts::turn& during, slot from);
    void execute_waiting(hub_parts::turn& during, slot from);

    void recover(hub_parts::turn& during, transport_id transport, const hub_parts::admissions::opened& how);
    void refuse_recovery(hub_parts::transport_record& transport);
    void welcome(transport_id transport, const hub_parts::admissions::opened& guest);
    void send_connected(slot to);
    void send_disconnected(slot to, std::string_view message);
    void abandon(hub_parts::turn& during, transport_id transport);
    void tell(hub_parts::turn& during, slot about, hub_parts::connection_change change);
    void end(hub_parts::turn& during, slot at, std::string_view reason);
    void end_and_free(hub_parts::turn& during, slot at, std::string_view reason);
    void close(hub_parts::turn& during, slot at, std::uint16_t code, std::string_view reason,
               std::string_view disconnect_reason);
    void close_at_once(hub_parts::turn& during, slot at, std::uint16_t code, std::string_view reason);
    void free(slot at);
    bool handle_next_due(hub_parts::turn& during);

    hub_options options_;
    hub_parts::pending_events events_;
    hub_parts::node_reports reports_;
    hub_parts::roster roster_;
    hub_parts::outputs outputs_;
    hub_parts::fan_out fan_out_;
    hub_parts::waiting_senders senders_;
    hub_parts::admissions admissions_;
    hub_parts::requests requests_;
    hub_parts::streams streams_;
    hub_parts::group_states group_states_;
    hub_parts::invocations invocations_;
    hub_counters counters_;
    /// The last message that was read, kept for its memory.
    message_buffer<client_message> incoming_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/impl/hub.ipp>
#include <webpubsub/hub/impl/hub_commands.ipp>
#endif
