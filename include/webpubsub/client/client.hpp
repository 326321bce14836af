// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/connector.hpp>
#include <webpubsub/client/event.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/client/request_options.hpp>
#include <webpubsub/client/transmit.hpp>
#include <webpubsub/codec/codec.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/track/ack_tracker.hpp>
#include <webpubsub/track/group_state_view.hpp>
#include <webpubsub/track/inbound_streams.hpp>
#include <webpubsub/track/invocation_tracker.hpp>
#include <webpubsub/track/keep_alive.hpp>
#include <webpubsub/track/outbound_streams.hpp>
#include <webpubsub/track/sequence_tracker.hpp>
#include <webpubsub/track/timer_table.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Since the client was made. Bytes are those of WebSocket messages.
struct client_counters {
    std::uint64_t frames_received = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t frames_sent = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t pings_sent = 0;
    std::uint64_t sequence_acks_sent = 0;
    /// Transports that were asked for.
    std::uint64_t attempts = 0;
    std::uint64_t connections = 0;
    std::uint64_t recoveries = 0;
    /// Acknowledgements that a request waited for.
    std::uint64_t acks_received = 0;
    /// Requests that were tried again after a failure that may pass.
    std::uint64_t retries = 0;
    /// Messages that came again after a recovery and were dropped.
    std::uint64_t duplicates_dropped = 0;
    /// Acknowledgements of nothing that waits for one, those of streams included.
    std::uint64_t unmatched_acks = 0;
    /// Answers to invocations that were given up.
    std::uint64_t late_responses = 0;
    /// Fragments of streams that came twice, or of streams whose beginning was missed.
    std::uint64_t fragments_dropped = 0;
    /// What came of the service that the protocol does not allow.
    std::uint64_t protocol_errors = 0;
    /// Calls that named a transport which is no longer current.
    std::uint64_t late_inputs = 0;
};

/// The client's end of a Web PubSub connection, without its I/O.
///
/// There are four kinds of member functions:
///   - getters;
///   - `handle_...`: something happened outside;
///   - commands, `start` to `send_frame`: the application wants something;
///   - `poll_event`, `poll_transmit`, `poll_timeout`: what to do next.
///
/// The invariant of the loop: after every `handle_...` or command, drain `poll_event`; when the transport can write,
/// take one `poll_transmit`, and ask again when that write has completed; keep one timer armed for `poll_timeout`.
///
/// The states, and what leads from one to another (with the events in tests/client/client_table.hpp):
///
///     idle        start                                      connecting
///     connecting  `connected` message                        connected
///     connecting  attempt failed                             connecting, or stopped by the options
///     connected   transport lost, may be recovered           recovering
///     connected   transport lost otherwise                   connecting, or stopped by the options
///     connected   `connected` message of another id          connected, to another connection
///     recovering  readable frame, or 1 s open                connected
///     recovering  attempt failed                             recovering
///     recovering  closed with a final code, or window over   connecting, or stopped by the options
///     any         stop                                       stopped, for good
///     any         finish, and nothing is under way any more  stopped, for good
///
/// Only a reliable subprotocol has recovery, and not after a `disconnected` message or a close with a final code: 1000,
/// 1002, 1003, 1007, 1008 and 1009.
///
/// A request is acknowledged by one `request_completed`, whatever happens: `ack_id` names it for its whole life. While
/// there is no connection, requests wait. On a new connection the groups are joined again before anything else is sent.
///
/// A copy is independent of its original. One object may be used by one thread at a time, and nothing throws but
/// allocation.
class client {
public:
    /// A PubSub client on the codec's subprotocol.
    explicit client(const webpubsub::codec& codec, client_options options = {})
        : client(std::optional(codec), std::string(codec.protocol().name), std::move(options)) {}

    /// A simple WebSocket client: opaque frames, with a subprotocol of one's own or none.
    static client raw(std::string subprotocol = {}, client_options options = {}) {
        return client(std::nullopt, std::move(subprotocol), std::move(options));
    }

    // Getters.

    client_state state() const noexcept { return state_; }
    /// Empty while there is no connection.
    const std::string& connection_id() const noexcept { return session_.connection_id; }
    const std::string& user_id() const noexcept { return session_.user_id; }
    /// The groups that are joined again on a new connection.
    const std::set<std::string, std::less<>>& groups() const noexcept { return groups_; }
    /// Requests without an outcome.
    std::size_t pending_requests() const noexcept { return requests_.size(); }
    /// Invocations without an outcome.
    std::size_t pending_invocations() const noexcept { return invocations_.size(); }
    /// Streams that this client publishes.
    std::size_t open_streams() const noexcept { return streams_.size(); }
    /// What is known of the states in a group, by connection id; null without a subscription. Empty from the loss of a
    /// connection until the next snapshot.
    const group_state_view::map* group_states(std::string_view group) const;
    client_counters counters() const noexcept;
    const client_options& options() const noexcept { return options_; }

    // Something happened outside.

    /// The WebSocket handshake succeeded. `subprotocol` is what the service selected, empty for none.
    void handle_opened(steady_time now, transport_id transport, std::string_view subprotocol);

    /// The transport could not be opened. `http_status` is that of the handshake's answer, 0 if there was none.
    void handle_open_failed(steady_time now, transport_id transport, unsigned http_status);

    /// A whole WebSocket message came. Fails with `errc::events_not_drained` only: then the frame was not taken.
    [[nodiscard]] result<void> handle_frame(steady_time now, transport_id transport, frame_kind kind,
                                            std::string_view bytes);

    /// The write of what `poll_transmit` gave has completed.
    void handle_written(steady_time now, transport_id transport);

    /// The transport is gone. `code` and `reason` are those of the close frame; without one, `close_code::abnormal` or
    /// 0.
    void handle_closed(steady_time now, transport_id transport, std::uint16_t code, std::string_view reason);

    /// The time of `poll_timeout` has come. Harmless at any other time.
    void handle_timeout(steady_time now);

    // Commands.

    [[nodiscard]] result<void> start(steady_time now);

    /// Ends the client, in every state. What was written and not answered ends as `outcome_unknown`, the rest as
    /// `not_sent`; `stopped` is the last event.
    void stop(steady_time now);

    /// Takes no more requests, and stops once all there is has come to its end (requests, invocations, streams), after
    /// `limit` in any case.
    void finish(steady_time now, duration limit);

    /// Answers `need_url`. After `lifetime` the URL is not used again. Late answers are ignored.
    void provide_url(steady_time now, std::uint64_t request, std::string url, duration lifetime = duration::max());

    /// Answers `need_url`: there is none now. Counts as a failed attempt.
    void fail_url(steady_time now, std::uint64_t request);

    /// Once it has succeeded the group belongs to those that are joined again.
    [[nodiscard]] result<ack_id> join_group(steady_time now, std::string_view group,
                                            const request_options& options = {});

    /// From now on the group is not joined again, whatever the outcome.
    [[nodiscard]] result<ack_id> leave_group(steady_time now, std::string_view group,
                                             const request_options& options = {});

    /// Returns 0 for fire-and-forget; real ids begin at 1.
    [[nodiscard]] result<ack_id> send_to_group(steady_time now, std::string_view group, payload data,
                                               const message_options& options = {});

    /// Sends a user event to the application behind the service. Returns 0 for fire-and-forget.
    [[nodiscard]] result<ack_id> send_event(steady_time now, std::string_view event, payload data,
                                            const message_options& options = {});

    // Streams to groups, while there is a connection (`errc::not_connected`).

    /// Opens a stream and returns its id. It may be written to at once; `stream_opened` tells that the service has
    /// accepted it, and `stream_closed` ends it in any case.
    [[nodiscard]] result<std::string> open_stream(steady_time now, std::string_view group,
                                                  const stream_options& options = {});

    /// Adds a fragment and returns its number. `errc::queue_full` until `stream_writable`.
    [[nodiscard]] result<std::uint64_t> write_stream(steady_time now, std::string_view stream_id, payload data);

    /// Ends the stream when all its data is acknowledged, well or with an error for its subscribers.
    [[nodiscard]] result<void> end_stream(steady_time now, std::string_view stream_id,
                                          std::optional<stream_abort> error = {});

    /// Ends the stream without the data that is not acknowledged yet.
    [[nodiscard]] result<void> abort_stream(steady_time now, std::string_view stream_id, stream_abort error = {});

    // Invocations (preview), while connected (`errc::not_connected`).

    /// Asks the application behind the service, and returns the id of the invocation. It is never tried again.
    [[nodiscard]] result<std::string> invoke(steady_time now, std::string_view event, std::optional<payload> data,
                                             const invoke_options& options = {});

    /// The answer is no longer wanted.
    [[nodiscard]] result<void> cancel_invocation(steady_time now, std::string_view invocation_id);

    // Group states (preview). The group has to be joined.

    /// Replaces what this connection keeps in the group. The service forgets it with the connection or the membership.
    [[nodiscard]] result<ack_id> set_group_state(steady_time now, std::string_view group, string_map state,
                                                 const request_options& options = {});
    [[nodiscard]] result<ack_id> clear_group_state(steady_time now, std::string_view group,
                                                   const request_options& options = {});

    /// Once it has succeeded the subscription is renewed on new connections, until it or the membership is ended.
    [[nodiscard]] result<ack_id> subscribe_group_state(steady_time now, std::string_view group,
                                                       const request_options& options = {});
    [[nodiscard]] result<ack_id> unsubscribe_group_state(steady_time now, std::string_view group,
                                                         const request_options& options = {});

    /// Sends a frame of a raw connection.
    [[nodiscard]] result<void> send_frame(steady_time now, frame_kind kind, std::string bytes);

    // What to do next.

    std::optional<client_event> poll_event();

    /// One message to write, or nothing: then ask again after the next call of any other kind. At most one is under way
    /// at a time.
    std::optional<transmit> poll_transmit();

    /// When to call `handle_timeout`. May change with every call.
    std::optional<steady_time> poll_timeout() const;

private:
    enum class timer : std::uint8_t { recovery_window, recovery_confirmation, stable, sequence_ack };
    using purpose = tracked_request::purpose;

    struct session {
        std::string connection_id;
        std::string user_id;
        std::string reconnection_token;
        /// The service has announced that it will close, for this reason.
        std::optional<std::string> closing;
        /// Why the transport was lost that is to be replaced.
        std::uint16_t lost_code = 0;
        std::string lost_reason;
        steady_time recovery_ends{};
    };

    client(std::optional<codec> codec, std::string subprotocol, client_options options)
        : options_(std::move(options)),
          codec_(std::move(codec)),
          connector_(options_, std::move(subprotocol)),
          requests_(options_.requests),
          sequence_(options_.sequence_ack),
          keep_alive_(options_.keep_alive_interval, options_.keep_alive_timeout),
          chance_(~options_.seed),
          inbound_(options_.inbound_stream_limits),
          invocations_(options_.invocations) {}

    bool is_raw() const noexcept { return !codec_; }
    bool is_current(transport_id transport);
    bool may_be_recovered(std::uint16_t code) const noexcept;
    bool is_quiet() const noexcept {
        return requests_.size() == 0 && invocations_.size() == 0 && streams_.size() == 0 && !writing_;
    }

    void enter(client_state next);
    void push(client_event event) { events_.push_back(std::move(event)); }
    void push_protocol_error(const error& problem) {
        ++counters_.protocol_errors;
        push(client_events::protocol_error{problem});
    }
    void push_if(std::optional<client_event> event) {
        if (event) push(std::move(*event));
    }

    // The connection.
    void establish(steady_time now, connected_message message);
    void confirm_recovery(steady_time now);
    bool begins_another_connection() const noexcept;
    void lose_transport(steady_time now, std::uint16_t code, std::string_view reason, unsigned http_status = 0);
    void drop_transport(steady_time now, std::uint16_t send_code, std::string_view reason);
    void release_transport();
    void fail_attempt(steady_time now, client_events::connect_failed failure);
    void give_up_recovery(steady_time now);
    void lose_connection(steady_time now, std::uint16_t code, std::string_view reason);
    void forget_connection(std::uint16_t code, std::string_view reason);
    void end();
    void restore_groups(steady_time now);
    template <class Message>
    void restore(steady_time now, purpose why, const std::string& group);

    // Messages.
    void receive(steady_time now, std::size_t size, ack_message& message);
    void receive(steady_time now, std::size_t size, group_data_message& message);
    void receive(steady_time now, std::size_t size, server_data_message& message);
    void receive(steady_time now, std::size_t size, connected_message& message);
    void receive(steady_time now, std::size_t size, disconnected_message& message);
    void receive(steady_time now, std::size_t size, pong_message& message);
    void receive(steady_time now, std::size_t size, unknown_message& message);
    void receive(steady_time now, std::size_t size, stream_ack_message& message);
    void receive(steady_time now, std::size_t size, stream_nack_message& message);
    void receive(steady_time now, std::size_t size, stream_closed_message& message);
    void receive(steady_time now, std::size_t size, invoke_response_message& message);
    void receive(steady_time now, std::size_t size, group_state_snapshot_message& message);
    void receive(steady_time now, std::size_t size, group_state_update_message& message);
    bool take_sequence_id(steady_time now, std::size_t size, const std::optional<std::uint64_t>& id);
    void report(steady_time now, const error& problem);

    // Requests.
    result<void> may_request(bool fire_and_forget) const;
    template <class Message>
    result<ack_id> submit(steady_time now, Message message, tracked_request request);
    template <class Message>
    result<ack_id> submit_for_group(steady_time now, std::string_view group, purpose why,
                                    const request_options& options);
    void send_unacknowledged(const client_message& message);
    void complete(ack_tracker::outcome outcome);
    transmit written(frame_kind kind, std::shared_ptr<const std::string> frame);
    transmit written(const client_message& message);
    std::optional<transmit> next_confirmation();
    std::optional<transmit> next_of_its_turn();

    // Streams, invocations and group states.
    void apply(std::string_view stream_id, outbound_stream::change change, std::optional<service_error> error = {});
    void close_stream(const std::string& stream_id, client_events::stream_status status, service_error error);
    void receive_fragment(steady_time now, group_data_message& message);
    void abandon_streams(steady_time now);
    void complete(tracked_invocation invocation, client_events::invocation_status status);
    void give_up_invocations();
    void drop_group_state(std::string_view group);

    client_options options_;
    std::optional<codec> codec_;
    client_state state_ = client_state::idle;
    session session_;
    connector connector_;
    ack_tracker requests_;
    sequence_tracker sequence_;
    keep_alive keep_alive_;
    timer_table<timer> timers_;
    jitter_source chance_;
    std::set<std::string, std::less<>> groups_;
    outbound_streams streams_;
    inbound_streams inbound_;
    invocation_tracker invocations_;
    /// Groups whose states are subscribed to, also by requests without an outcome.
    std::map<std::string, group_state_view, std::less<>> states_;
    /// Those of them that are subscribed to again on a new connection.
    std::set<std::string, std::less<>> subscriptions_;
    /// No more requests are taken.
    std::optional<steady_time> finish_by_;
    std::deque<client_event> events_;
    service_message incoming_;
    client_counters counters_;
    ack_id last_ack_id_ = 0;
    std::uint64_t last_stream_ = 0;
    std::uint64_t last_invocation_ = 0;
    bool writing_ = false;
    /// What was written last is a sequence ack.
    bool confirmed_last_ = false;
    /// What is being written is a stream's.
    bool stream_writing_ = false;
    /// Requests, invocations and streams take turns.
    enum class turn : std::uint8_t { requests, invocations, streams } turn_ = turn::streams;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#include <webpubsub/client/detail/client_connection.hpp>
#include <webpubsub/client/detail/client_group_state.hpp>
#include <webpubsub/client/detail/client_invocations.hpp>
#include <webpubsub/client/detail/client_messages.hpp>
#include <webpubsub/client/detail/client_streams.hpp>
