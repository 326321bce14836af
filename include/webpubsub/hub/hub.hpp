// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/admission.hpp>
#include <webpubsub/hub/connection.hpp>
#include <webpubsub/hub/delivery.hpp>
#include <webpubsub/hub/event.hpp>
#include <webpubsub/hub/group_index.hpp>
#include <webpubsub/hub/group_states.hpp>
#include <webpubsub/hub/options.hpp>
#include <webpubsub/hub/outputs.hpp>
#include <webpubsub/hub/pending_invocations.hpp>
#include <webpubsub/hub/published_streams.hpp>
#include <webpubsub/hub/refusals.hpp>
#include <webpubsub/hub/send_options.hpp>
#include <webpubsub/hub/shared_message.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/permission.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/ring.hpp>
#include <webpubsub/track/slot_table.hpp>
#include <webpubsub/track/timer_table.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What happened to a hub so far.
struct hub_counters {
    /// Calls that named a transport which was no longer, or not yet, in a state for them; they changed nothing.
    std::uint64_t late_inputs = 0;
    std::uint64_t recoveries = 0;
    std::uint64_t refused_recoveries = 0;
    /// Connections that were closed because they did not read fast enough.
    std::uint64_t slow_consumers = 0;

    friend bool operator==(const hub_counters&, const hub_counters&) = default;
};

/// The service side of one hub: connections, users, groups, permissions, acks, sequence ids, recovery, streams,
/// invocations and group state, as the state machine that they are, without sockets, threads or a clock.
///
/// Its methods are getters, handles (something happened outside), commands (the application wants something) and polls
/// (what to do next). The loop's invariant: **after every handle or command, drain `poll_event`, and write what
/// `poll_ready` names; when a write has completed, call `handle_written`; keep one timer armed for `poll_timeout`.** A
/// transport has at most one write under way. Time never runs backwards from call to call.
///
/// A transport is admitted by `admit`, named by a `transport_id` from then on, and ends with the host's one
/// `handle_closed`, whoever closed it. The logical connection that it carries has an id of its own; on a reliable
/// subprotocol it outlives its transport for the recovery window, and continues on the next one.
///
/// A hub is a value: a copy goes on independently and shares nothing but the immutable bytes of frames (and whatever
/// the source of random bytes refers to). Distinct hubs may be used from distinct threads, one hub from one at a time.
/// Nothing throws because of what peers send; only allocation can.
class hub {
public:
    /// At most one codec for each subprotocol counts, the first. A hub without any has simple clients only.
    hub(const std::vector<service_codec>& codecs, const hub_options& options);

    // Admission: sessions.md sections 3 and 4.

    /// A client wants to connect. The subprotocol is the first offered one that the hub has a codec for; with none the
    /// client is a simple one. Refused with 400 when a group has an invalid name, 503 when a limit is reached.
    /// The application is never asked about a recovery, and whether it succeeds shows after the upgrade.
    [[nodiscard]] admission admit(instant now, connect_request request);

    /// The application's answer to `connect_requested`; the outcome is an event. An overriding group with an invalid
    /// name or a subprotocol that was not offered turn it into a refusal with 500.
    [[nodiscard]] result<void> accept_connect(instant now, admission_id id, connect_overrides overrides = {});

    /// A status of 400 to 499 is passed on, any other becomes 500.
    [[nodiscard]] result<void> refuse_connect(instant now, admission_id id, unsigned http_status,
                                              std::string_view message = {});

    /// The client that waits for this admission has gone away. No event follows.
    void handle_abandoned(instant now, admission_id id);

    // Transports.

    /// The upgrade is finished. The connection exists from now on; on a PubSub subprotocol `connected` is its first
    /// frame. A recovery succeeds or is refused here (1008).
    void handle_opened(instant now, transport_id transport);

    /// One whole WebSocket message. Once a close was decided, more of them are ignored.
    void handle_frame(instant now, transport_id transport, frame_kind kind, std::string_view bytes);

    /// The WebSocket layer can't read what the client sent: a frame against RFC 6455 (1002), text that is not UTF-8
    /// (1007), a message too long for it (1009). Ends the connection with that code.
    void handle_bad_frame(instant now, transport_id transport, std::uint16_t code = close_code::protocol_error);

    /// The last `poll_transmit` of this transport is written; its views end here.
    void handle_written(instant now, transport_id transport);

    /// The transport is gone, with the peer's close code or `close_code::abnormal`. To be called exactly once for each
    /// admitted transport, also after `close_transport` and after an upgrade that failed. A client's 1000 ends the
    /// connection for good, and so do codes that stand for a broken protocol (1002, 1003, 1007, 1009); after any other
    /// a reliable one can be recovered (sessions.md section 7.3).
    void handle_closed(instant now, transport_id transport, std::uint16_t code = close_code::abnormal,
                       std::string_view reason = {});

    /// A deadline of `poll_timeout` has passed; harmless at any other time.
    void handle_timeout(instant now);

    // Answers to `user_event`, in any order. `unknown_target` when the event is no longer waiting: answered, timed out,
    // or its connection has ended.

    /// Sends the payload, if there is one, to the connection, then the ack, and goes on with the requests that waited.
    /// After `invalid_payload` or `frame_too_large` the event still waits.
    [[nodiscard]] result<void> answer_event(instant now, event_id id, std::optional<payload> answer = std::nullopt);

    /// The client gets an ack with `InternalServerError`; a simple one is closed with 1011 (upstream.md section 8).
    [[nodiscard]] result<void> fail_event(instant now, event_id id);

    // Answers to `invocation` (preview), in any order. `unknown_target` when nobody waits any more.

    /// The client gets the payload, if there is one. After `invalid_payload`, `frame_too_large` or `invalid_metadata`
    /// the invocation still waits.
    [[nodiscard]] result<void> answer_invocation(instant now, event_id id, std::optional<payload> answer = std::nullopt,
                                                 string_map metadata = {});

    /// The client gets the error, whose texts are UTF-8 (otherwise `invalid_utf8`, and the invocation still waits).
    [[nodiscard]] result<void> fail_invocation(instant now, event_id id, service_error error);

    // What the application sends. All of it is checked (`invalid_payload`, `frame_too_large`, `invalid_metadata`,
    // `invalid_field` for a time to live); the result is the number of connections whose queue took the message, and
    // none is no error.

    [[nodiscard]] result<std::size_t> send_to_all(instant now, payload data, send_options options = {});
    [[nodiscard]] result<std::size_t> send_to_user(instant now, std::string_view user_id, payload data,
                                                   send_options options = {});
    [[nodiscard]] result<std::size_t> send_to_group(instant now, std::string_view group, payload data,
                                                    send_options options = {});
    [[nodiscard]] result<std::size_t> send_to_connection(instant now, std::string_view connection_id, payload data,
                                                         send_options options = {});

    // What the application decides. `unknown_target` for a connection that does not exist.

    /// Needs no role. Joining twice and leaving what one is not in succeed. Who leaves loses its state in the group and
    /// its subscription to the others'.
    [[nodiscard]] result<void> add_to_group(instant now, std::string_view connection_id, std::string_view group);
    [[nodiscard]] result<void> remove_from_group(instant now, std::string_view connection_id, std::string_view group);
    [[nodiscard]] result<void> remove_from_all_groups(instant now, std::string_view connection_id);

    /// See `permission_set`. Works on a detached connection too (permissions.md section 5).
    [[nodiscard]] result<void> grant(instant now, std::string_view connection_id, permission what,
                                     std::string_view group);
    [[nodiscard]] result<void> revoke(instant now, std::string_view connection_id, permission what,
                                      std::string_view group);

    /// A PubSub client is told the reason in a `disconnected` message, then the transport is closed with 1000
    /// (sessions.md section 8). Ends a detached connection as well.
    /// The reason is UTF-8, otherwise `invalid_utf8`.
    [[nodiscard]] result<void> close_connection(instant now, std::string_view connection_id,
                                                std::string_view reason = {});

    /// The service stops: every connection ends and every transport is closed with this code, but for those that are
    /// being closed already; waiting admissions are refused with 503. The hub can be used on. A reason that is not
    /// UTF-8 is `invalid_utf8`, and nothing happens.
    result<void> close_all(instant now, std::uint16_t code = close_code::going_away,
                           std::string_view reason = "The service is shutting down.");

    // What to do next.

    std::optional<hub_event> poll_event();

    /// A transport that has something to write and is not writing; each is named once for each reason. Take its
    /// `poll_transmit` and write it.
    std::optional<transport_id> poll_ready() { return outputs_.poll_ready(); }

    /// Nothing while the transport is writing, and when there is nothing to write.
    std::optional<delivery> poll_transmit(transport_id transport) { return outputs_.poll_transmit(transport); }

    /// When to call `handle_timeout`; changes with every call of anything.
    std::optional<steady_time> poll_timeout() const { return timers_.next(); }

    // Getters. A connection exists from `client_connected` to `client_disconnected`.

    bool connection_exists(std::string_view connection_id) const;
    bool user_exists(std::string_view user_id) const { return users_.exists(user_id); }
    /// Whether the group has members.
    bool group_exists(std::string_view group) const { return groups_.exists(group); }
    bool is_in_group(std::string_view connection_id, std::string_view group) const;
    /// What the connection may do now, roles and patterns included; false for one that does not exist.
    bool has_permission(std::string_view connection_id, permission what, std::string_view group) const;
    /// The id of the connection that a transport carries; empty for none.
    std::string_view connection_of(transport_id transport) const;

    std::size_t connection_count() const noexcept { return live_; }
    std::size_t user_count() const noexcept { return users_.size(); }
    std::size_t group_count() const noexcept { return groups_.size(); }
    /// Of user: how many connections; of group: how many members.
    std::size_t connection_count_of_user(std::string_view user_id) const { return users_.members(user_id).size(); }
    std::size_t connection_count_of_group(std::string_view group) const { return groups_.members(group).size(); }

    const hub_counters& counters() const noexcept { return counters_; }

private:
    using slot = std::uint32_t;

    enum class timer_kind : std::uint8_t { admitting, opening, answering, invoking, detached, streaming, closing };
    struct timer {
        timer_kind kind;
        /// An admission, transport or event id, or for `detached` and `streaming` the slot of a connection.
        std::uint64_t id;

        friend auto operator<=>(const timer&, const timer&) = default;
    };

    struct waiting_admission {
        std::string connection_id;
        connect_request request;
    };

    struct close_frame {
        std::uint16_t code;
        std::string reason;
    };

    // detail/hub_admission.hpp
    std::optional<std::string> new_connection_id() const;
    admission let_in(instant now, std::string connection_id, connect_request request, std::string_view subprotocol);
    admission let_in_for_recovery(instant now, connect_request request);
    transport_id add_transport(instant now);
    const service_codec* find_codec(std::string_view name) const noexcept;
    std::string_view choose_subprotocol(const std::vector<std::string>& offered) const noexcept;
    void conclude(admission_id id, admission outcome);

    // detail/hub_lifecycle.hpp
    void open(instant now, detail::transport_record& transport);
    bool may_publish(slot at) const;
    void close_unauthorized(instant now, slot at);
    void recover(instant now, detail::transport_record& transport, const recovery_request& request);
    void greet(slot at);
    void say_goodbye(slot at, std::string_view message);
    void abandon(detail::transport_record& transport);
    void detach(instant now, slot at);
    void end(slot at, std::string_view reason);
    void free(slot at);
    void close(instant now, slot at, std::uint16_t code, std::string_view reason, std::string_view disconnect_reason);
    void close_slow(slot at, std::string_view reason);
    /// Handles and commands that may deliver something do this first, and `settle` last.
    void begin(instant now) noexcept { outputs_.set_time(now.steady); }
    void settle(instant now);
    void tell_to_close(detail::transport_record& transport, std::uint16_t code, std::string_view reason);
    void finish_close(detail::transport_record& transport);

    // detail/hub_requests.hpp
    void receive(instant now, slot at, frame_kind kind, std::string_view bytes);
    void close_bad_frame(instant now, slot at, std::uint16_t code);
    result<void> read(slot at, frame_kind kind, std::string_view bytes);
    result<void> check(const payload& data, const service_codec* checked_by = nullptr) const;
    bool answer_at_once(slot at, const client_message& message);
    void take(instant now, slot at, client_message& message, std::size_t size);
    void execute_waiting(instant now, slot at);
    void execute(instant now, slot at, client_message& message, event_id invocation);
    void execute(instant now, slot at, join_group_message& message);
    void execute(instant now, slot at, leave_group_message& message);
    void execute(instant now, slot at, send_to_group_message& message);
    void execute(instant now, slot at, event_message& message);
    std::optional<ack_id> finish_event(slot at);
    group_data_message& outgoing_group_message();
    bool is_repeated(slot at, std::optional<ack_id> id);
    void succeed(slot at, std::optional<ack_id> id);
    void fail(slot at, std::optional<ack_id> id, service_error error);
    void send_control(slot at, const service_message& message);

    // detail/hub_invocations.hpp
    event_id expect_invocation(slot at, const invoke_message& message);
    void raise(instant now, slot at, invoke_message& message, event_id id);
    bool is_raised(event_id id);
    void respond(event_id id, invoke_response_message response);
    void fail_late_invocation(event_id id);
    void cancel_invocation(event_id id);
    void cancel_invocations(slot at);

    // detail/hub_streams.hpp
    void execute(instant now, slot at, start_stream_message& message);
    void execute(instant now, slot at, stream_data_message& message);
    void execute(instant now, slot at, stream_keep_alive_message& message);
    void execute(instant now, slot at, end_stream_message& message);
    void close_stream(slot at, std::string id, std::optional<service_error> error);
    void close_idle_streams(instant now, slot at);
    void watch_streams(slot at);
    void publish(const published_stream& from, slot publisher, const std::string& user_id, payload data,
                 stream_position position);
    void publish_end(const published_stream& from, slot publisher, const std::string& user_id,
                     std::optional<stream_error> error);

    // detail/hub_group_states.hpp
    void execute(instant now, slot at, set_group_state_message& message);
    void execute(instant now, slot at, subscribe_group_state_message& message);
    void execute(instant now, slot at, unsubscribe_group_state_message& message);
    void publish_change(std::string_view group, group_state_item change);
    void leave(instant now, slot at, std::string_view group);

    // detail/hub_commands.hpp
    std::size_t deliver(std::span<const slot> to, const service_message& message, const payload* data,
                        slot except = no_slot, steady_time expires = steady_time::max());
    template <class Message>
    result<std::size_t> send(instant now, std::span<const slot> to, Message message, send_options options);
    result<void> check_size_and_bytes(const payload& data) const;
    bool join(slot at, std::string_view group);
    void leave_all(slot at);
    slot find(std::string_view connection_id) const;

    hub_options options_;
    std::vector<service_codec> codecs_;
    detail::outputs outputs_;
    /// A connection has the same slot here as in `outputs_`: both take and give back together.
    slot_table<detail::connection> connections_;
    std::unordered_map<std::string, slot, seeded_hash, std::equal_to<>> by_id_;
    group_index users_;
    group_index groups_;
    group_states states_;
    std::size_t live_ = 0;
    /// Of connections that have ended; see `settle`.
    ring<detail::legacy> legacies_;

    std::map<admission_id, waiting_admission> admissions_;
    std::map<transport_id, recovery_request> recoveries_;
    std::map<event_id, slot> waiting_events_;
    pending_invocations invocations_;
    std::map<transport_id, close_frame> closes_;
    timer_table<timer> timers_;
    ring<hub_event> events_;
    hub_counters counters_;

    /// Transports that are admitted and not open yet.
    std::size_t opening_ = 0;
    admission_id last_admission_ = 0;
    event_id last_event_ = 0;

    // Memory that is used again.
    client_message incoming_;
    service_message outgoing_;
    std::vector<slot> everyone_;
    std::vector<slot> overflowed_;
};

} // namespace webpubsub

#include <webpubsub/hub/detail/hub_admission.hpp>
#include <webpubsub/hub/detail/hub_commands.hpp>
#include <webpubsub/hub/detail/hub_group_states.hpp>
#include <webpubsub/hub/detail/hub_invocations.hpp>
#include <webpubsub/hub/detail/hub_lifecycle.hpp>
#include <webpubsub/hub/detail/hub_requests.hpp>
#include <webpubsub/hub/detail/hub_streams.hpp>
