// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/counters.hpp>
#include <webpubsub/client/events.hpp>
#include <webpubsub/client/group_state_table.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/client/orders.hpp>
#include <webpubsub/client/parts/awake_time.hpp>
#include <webpubsub/client/parts/event_queue.hpp>
#include <webpubsub/client/parts/frame_encoder.hpp>
#include <webpubsub/client/parts/group_states.hpp>
#include <webpubsub/client/parts/invocations.hpp>
#include <webpubsub/client/parts/link.hpp>
#include <webpubsub/client/parts/memberships.hpp>
#include <webpubsub/client/parts/opaque_codec.hpp>
#include <webpubsub/client/parts/outbox.hpp>
#include <webpubsub/client/parts/publisher.hpp>
#include <webpubsub/client/parts/requests.hpp>
#include <webpubsub/client/parts/sequence_acks.hpp>
#include <webpubsub/client/parts/subscriber.hpp>
#include <webpubsub/client/request_options.hpp>
#include <webpubsub/client/transmit.hpp>
#include <webpubsub/codec/client_codec.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The client's end of a Web PubSub connection, without its I/O.
///
/// There are four kinds of member functions:
///   - getters;
///   - `handle_...`: something happened outside;
///   - commands, `start` to `send_frame`: the application wants something. They take views, and when one fails, nothing
///     has changed;
///   - `poll_order`, `poll_transmit`, `poll_timeout` for the host, and `poll_event` for the application.
///
/// The invariant of the loop: **after every `handle_...` or command, drain `poll_order` and `poll_transmit`, keep one
/// timer armed for `poll_timeout`, and take events whenever you like.** The class `pump` does it.
///
/// The states, and what leads from one to another:
///
///     idle        start                                      connecting
///     connecting  `connected` message                        connected
///     connecting  attempt failed                             connecting, or stopped by the options
///     connected   transport lost, may be recovered           recovering
///     connected   transport lost otherwise                   connecting, or stopped by the options
///     connected   `connected` message of another id          connected, to another connection
///     recovering  readable frame                             connected
///     recovering  attempt failed                             recovering
///     recovering  closed with a final code, or window over   connecting, or stopped by the options
///     any         stop                                       stopped, for good
///     any         finish, and nothing is under way any more  stopped, for good
///
/// Only a reliable subprotocol has recovery, and not after a `disconnected` message or a close with a final code: 1000,
/// 1002, 1003, 1007, 1008 and 1009 (sessions.md section 7.3).
///
/// A request is acknowledged by one `request_completed`, whatever happens: its id names it for its whole life. While
/// there is no connection, requests wait. On a new connection the groups are joined again before anything else is
/// sent; then what was called first is written first, whatever it is.
///
/// A copy is independent of its original. An object that was moved from is stopped. One object may be used by one
/// thread at a time, and nothing throws but allocation.
class client {
public:
    /// A PubSub client on the codec's subprotocol. The seed is for the jitter of delays: clients that start together
    /// differ in it, so draw it at random.
    client(const webpubsub::codec& codec, std::uint64_t seed, const client_options& options = {});

    /// A simple WebSocket client: opaque frames, with a subprotocol of one's own or none.
    static client raw(std::string_view subprotocol, std::uint64_t seed, const client_options& options = {});

#ifdef WEBPUBSUB_COMPILED
    // Declared, so that they are compiled once.
    client(const client&);
    client(client&&) noexcept;
    client& operator=(const client&);
    client& operator=(client&&) noexcept;
    ~client();
#endif

    // Getters.

    client_state state() const noexcept { return link_.state(); }
    /// Empty while there is no connection.
    const std::string& connection_id() const noexcept { return link_.connection_id(); }
    const std::string& user_id() const noexcept { return link_.user_id(); }
    /// Whether the group is one of those that are joined again on a new connection.
    bool is_in_group(std::string_view group) const { return memberships_.groups().contains(group); }
    /// These groups in their order.
    std::vector<std::string> groups() const;
    /// Requests without an outcome.
    std::size_t pending_requests() const noexcept { return requests_.pending(); }
    /// Invocations without an outcome.
    std::size_t pending_invocations() const noexcept { return invocations_.size(); }
    /// Streams that this client publishes.
    std::size_t open_streams() const noexcept { return publisher_.size(); }
    /// What is known of the states in a group, by connection id; null without a subscription. Empty from the loss of a
    /// connection until the next snapshot. Valid until the next call that is no getter.
    const group_state_table* group_states(std::string_view group) const { return group_states_.states_of(group); }
    /// Whether the host should go on reading: a level, of which the orders tell the changes.
    bool wants_input() const noexcept { return events_.wants_input(); }
    client_counters counters() const noexcept;
    const client_options& options() const noexcept { return options_; }

    // Something happened outside.

    /// The WebSocket handshake succeeded. `subprotocol` is what the service selected, empty for none.
    void handle_opened(steady_time now, transport_id transport, std::string_view subprotocol);

    /// The transport could not be opened.
    void handle_open_failed(steady_time now, transport_id transport, const open_failure& failure = {});

    /// A whole WebSocket message came. Fails with `errc::events_not_drained` only: then the frame was not taken, and
    /// can be given again once events were taken. That does not happen to a host that reads no more after
    /// `pause_reading`, unless the service sends something before the `connected` message.
    result<void> handle_frame(steady_time now, transport_id transport, frame_kind kind, std::string_view bytes);

    /// The writes of the oldest `count` messages that `poll_transmit` gave for this transport have completed.
    void handle_written(steady_time now, transport_id transport, std::size_t count = 1);

    /// The transport is gone, perhaps with writes under way. `code` and `reason` are those of the peer's close frame;
    /// `close_code::none` if it had no code, and `close_code::abnormal` if there was none. A stack's own close code is
    /// not the peer's.
    void handle_closed(steady_time now, transport_id transport, std::uint16_t code, std::string_view reason);

    /// The time of `poll_timeout` has come. Harmless at any other time.
    void handle_timeout(steady_time now);

    // Commands.

    /// Refuses options that have no meaning (`errc::invalid_option` with the name) and a URL that can't be opened
    /// (`errc::invalid_url`); of a raw client also a subprotocol that is no token of HTTP (`errc::wrong_subprotocol`).
    result<void> start(steady_time now);

    /// Ends the client, in every state. What was written and not answered ends as `outcome_unknown`, the rest as
    /// `not_sent`; `stopped` is the last event.
    void stop(steady_time now);

    /// Takes no more requests, and stops once all there is has come to its end (requests, invocations, streams), after
    /// `limit` in any case.
    void finish(steady_time now, std::optional<duration> limit);

    /// Answers `need_url`. After `lifetime` the URL is not used again; without one it does not expire. An answer that
    /// comes too late is ignored. After `errc::invalid_url` the order still waits for its answer.
    result<void> provide_url(steady_time now, url_request_id request, std::string_view url,
                             std::optional<duration> lifetime = std::nullopt);

    /// Answers `need_url`: there is none now. Counts as a failed attempt.
    void fail_url(steady_time now, url_request_id request);

    /// Once it has succeeded the group belongs to those that are joined again.
    result<ack_id> join_group(steady_time now, std::string_view group, const request_options& options = {});

    /// From now on the group is not joined again, whatever the outcome.
    result<ack_id> leave_group(steady_time now, std::string_view group, const request_options& options = {});

    /// Returns an id of 0 for fire-and-forget.
    result<ack_id> send_to_group(steady_time now, std::string_view group, payload_view data,
                                 const message_options& options = {});

    /// Sends a user event to the application behind the service. Returns an id of 0 for fire-and-forget.
    result<ack_id> send_event(steady_time now, std::string_view event, payload_view data,
                              const message_options& options = {});

    // Streams to groups, while there is a connection (`errc::not_connected`).

    /// Opens a stream and returns its id. It may be written to at once; `stream_opened` tells that the service has
    /// accepted it, and `stream_closed` ends it in any case.
    result<std::string> open_stream(steady_time now, std::string_view group, const stream_options& options = {});

    /// Adds a fragment and returns its number. `errc::queue_full` until `stream_writable`.
    result<std::uint64_t> write_stream(steady_time now, std::string_view stream_id, payload_view data);

    /// Ends the stream when all its data is acknowledged, well or with an error for its subscribers.
    result<void> end_stream(steady_time now, std::string_view stream_id, std::optional<stream_abort> error = {});

    /// Ends the stream without the data that is not acknowledged yet.
    result<void> abort_stream(steady_time now, std::string_view stream_id, const stream_abort& error = {});

    // Invocations (preview), while connected (`errc::not_connected`).

    /// Asks the application behind the service, and returns the id of the invocation. It is never tried again.
    result<std::string> invoke(steady_time now, std::string_view event, std::optional<payload_view> data,
                               const invoke_options& options = {});

    /// The answer is no longer wanted.
    result<void> cancel_invocation(steady_time now, std::string_view invocation_id);

    // Group states (preview). The group has to be joined.

    /// Replaces what this connection keeps in the group. The service forgets it with the connection or the membership.
    /// When two entries have the same key, the last one is sent.
    result<ack_id> set_group_state(steady_time now, std::string_view group, const string_map& state,
                                   const request_options& options = {});
    result<ack_id> clear_group_state(steady_time now, std::string_view group, const request_options& options = {});

    /// Once it has succeeded the subscription is renewed on new connections, until it or the membership is ended.
    result<ack_id> subscribe_group_state(steady_time now, std::string_view group, const request_options& options = {});
    result<ack_id> unsubscribe_group_state(steady_time now, std::string_view group,
                                           const request_options& options = {});

    /// Sends a frame of a raw connection, while connected (`errc::not_connected`). Text is UTF-8
    /// (`errc::invalid_utf8`).
    result<void> send_frame(steady_time now, frame_kind kind, std::string_view bytes);

    // What to do next.

    /// What the host must do now.
    polled<client_order> poll_order() noexcept { return link_.poll_order(); }

    /// What the application is told.
    polled<client_event> poll_event();

    /// One message to write, or nothing: then ask again after the next call of any other kind. More than
    /// `client_options::window` is never under way.
    std::optional<transmit> poll_transmit();

    /// When to call `handle_timeout`. May change with every call.
    std::optional<steady_time> poll_timeout() const { return time_.to_host(deadline()); }

private:
    client(const webpubsub::codec& codec, std::string_view subprotocol, std::uint64_t seed,
           const client_options& options);

    bool is_current(transport_id transport);
    bool is_raw() const noexcept { return codec_.protocol().encoding == encoding::none; }

    // Each call begins with the time and ends with what follows from it.
    steady_time begin(steady_time now);
    void settle();
    void collect();
    void tell_parts(client_parts::link_change change);
    std::optional<steady_time> deadline() const;
    bool is_idle() const noexcept;

    bool begins_connection(std::string_view frame);
    void dispatch(std::size_t size, const decode_notes& notes);
    void receive(group_data_message& message, std::size_t size, bool text_replaced);
    void receive(server_data_message& message, std::size_t size, bool text_replaced);
    bool accept_data(const std::optional<std::uint64_t>& sequence_id, std::size_t size);
    void report(const error& problem, std::optional<std::uint64_t> sequence_id = {});

    result<void> may_request() const;
    result<void> may_send(const message_options& options) const;
    template <class Message>
    result<void> fill(Message& message, payload_view data, const message_options& options) const;
    result<ack_id> submit(client_parts::request_kind kind, const result<detail::shared_bytes>& frame,
                          std::string_view group, std::uint64_t tag);
    result<ack_id> submit_for_group(client_parts::request_kind kind, std::string_view group, std::uint64_t tag);
    result<detail::shared_bytes> encode_for_group(client_parts::request_kind kind, std::string_view group);
    void restore(client_parts::request_kind kind, const std::string& group);
    std::optional<transmit> hand_out(client_parts::outbox::writer who, client_parts::outgoing_frame frame);

    client_options options_;
    webpubsub::codec codec_;
    client_parts::frame_encoder encoder_;
    client_parts::awake_time time_;
    client_parts::link link_;
    client_parts::outbox outbox_;
    client_parts::sequence_acks sequence_acks_;
    client_parts::requests requests_;
    client_parts::memberships memberships_;
    client_parts::publisher publisher_;
    client_parts::subscriber subscriber_;
    client_parts::invocations invocations_;
    client_parts::group_states group_states_;
    client_parts::event_queue events_;
    client_counters counters_;
    message_buffer<service_message> incoming_;
    /// Once it is set no more requests are taken, and at its limit the client stops.
    struct {
        bool set = false;
        std::optional<steady_time> limit{};
    } finish_by_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/client.ipp>
#include <webpubsub/client/impl/client_messages.ipp>
#endif
