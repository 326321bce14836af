// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/events.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/service/connect_details.hpp>
#include <webpubsub/service/detail/deliveries.hpp>
#include <webpubsub/service/detail/sender_connections.hpp>
#include <webpubsub/service/detail/sent_events.hpp>
#include <webpubsub/service/event_sender_options.hpp>
#include <webpubsub/service/event_signer.hpp>
#include <webpubsub/service/sender_answers.hpp>
#include <webpubsub/service/upstream_call.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/support/random.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/upstream/call_failure.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Counts of what has happened to a sender since it was made.
struct event_sender_counters {
    /// Responses and failures of calls that are cancelled, or were never made.
    std::uint64_t late_inputs = 0;
    /// Requests that repeat one before.
    std::uint64_t retries = 0;
    /// Questions of the hub that failed. A connection that a handler has refused with 4xx is none.
    std::uint64_t failed_questions = 0;
    /// Events that nobody waits for and that no handler has acknowledged.
    std::uint64_t lost_events = 0;
    /// Handlers that may not be sent events, by their own answer or for lack of one.
    std::uint64_t failed_validations = 0;

    friend bool operator==(const event_sender_counters&, const event_sender_counters&) = default;
};

/// Tells event handlers, which are HTTP servers, what happens in a hub, and tells the hub what they answer (upstream.md
/// sections 1 to 8): the service's side of web hooks, as the state machine that it is, without sockets or a clock.
///
/// There is one for each hub that has event handlers. The program between them does this: **it gives `handle_event`
/// each event of the hub while `wants_event`; after every handle it drains `poll_answer` and does that to the hub,
/// drains `poll_cancel` and drops these requests, and sends what `poll_call` gives; it reports what becomes of each
/// call; and it keeps one timer armed for `poll_timeout`.** Time never runs backwards from call to call.
///
/// Of one connection the requests are handed out in the order of its events; only what is repeated comes later than
/// what follows it. Each question of the hub is answered once, within `event_sender_times::event` and `body`, unless
/// its client is gone. An event that no handler takes is answered at once: a connection is let in, a user event and an
/// invocation fail.
///
/// A sender is a value: a copy goes on independently. Distinct senders may be used from distinct threads, one sender
/// from one at a time. Nothing throws because of what handlers send.
class event_sender {
public:
    /// The errors are those of `check_options`, and invalid_field for a source of random bytes without a function. The
    /// ids of requests are drawn from `random`.
    [[nodiscard]] static result<event_sender> make(event_sender_options options, event_signer signer,
                                                   const secure_random& random);

    /// Whether a handler is to be asked about each connection: `hub_application_options::ask_on_connect`.
    bool wants_connect() const noexcept { return wants_connect_; }
    /// Whether a handler is told who joins and leaves groups: `hub_application_options::report_memberships`.
    bool wants_memberships() const noexcept { return wants_memberships_; }
    /// Whether there is room for another event. While there is none, the events are to be left in the hub, which has
    /// limits of its own; one that is given all the same is taken.
    bool wants_event() const noexcept;

    /// An event of the hub, in the hub's order. The details are those of `connect_requested`.
    void handle_event(instant now, hub_event event, connect_details details = {});
    /// The client that waits for this admission has gone away. No answer follows.
    void handle_abandoned(instant now, admission_id id);

    /// The hub has not taken the answer to a question, which has failed by that: the state that the answer has set is
    /// what it was before (upstream.md section 4).
    void handle_refused_answer(std::string_view connection_id, event_id id);

    // What becomes of a call. One that is cancelled or was never made is passed over, and counted.

    /// The status line and the headers have come: from now on the limit is that of the body. A program that learns of
    /// a response as a whole need not say this.
    void handle_response_head(instant now, call_id id);
    /// The whole response. Repeated headers are to be as they came, not joined.
    void handle_response(instant now, call_id id, http_response response);
    /// There will be no response.
    void handle_failure(instant now, call_id id, call_failure why);

    /// A deadline of `poll_timeout` has passed. The call does no harm at any other time.
    void handle_timeout(instant now);

    // What to do next.

    /// The next request to send.
    std::optional<upstream_call> poll_call();
    /// A call whose response nobody wants any more: its request may be dropped. Nothing more need be said of it.
    std::optional<call_id> poll_cancel() { return deliveries_.poll_cancel(); }
    /// What to do to the hub.
    polled<sender_answer> poll_answer() { return answers_.poll(); }
    /// When to call `handle_timeout`; changes with every call of anything.
    std::optional<steady_time> poll_timeout() const;

    event_sender_counters counters() const noexcept {
        auto counts = counters_;
        counts.failed_validations = deliveries_.failed_validations();
        return counts;
    }
    /// The number of connections about which something is kept.
    std::size_t connection_count() const noexcept { return connections_.size(); }
    /// The number of events that wait or are under way.
    std::size_t event_count() const noexcept { return events_.size(); }

private:
    event_sender(event_sender_options&& options, event_signer&& signer, const secure_random& random);

    void receive(hub_events::connect_requested& event, connect_details&& details);
    void receive(hub_events::client_connected& event);
    void receive(hub_events::client_disconnected& event);
    void receive(hub_events::group_joined& event);
    void receive(hub_events::group_left& event);
    void receive(hub_events::user_event& event);
    void receive(hub_events::invocation& event);
    void receive(hub_events::invocation_cancelled& event);

    std::uint64_t find_or_begin(std::string_view connection_id, std::string_view user_id);
    void send(std::uint64_t connection, std::string_view name, const detail::hub_question& question,
              upstream_event event);
    void drop(std::uint64_t key);
    void release(std::uint64_t connection);

    void settle();
    void conclude(const detail::sent_event& event, const http_response& response);
    void let_in(const detail::sent_event& event, connect_answer&& answer);
    void answer(const detail::sent_event& event, event_answer&& answer);
    void fail(const detail::hub_question& question, unsigned status);
    void tell(sender_answer&& answer) { answers_.push(new sender_answer(std::move(answer))); }

    upstream_context context_of(const detail::sender_connection& connection) const;
    http_request write(const detail::sent_event& event) const;

    event_sender_options options_;
    event_signer signer_;
    secure_random random_;
    bool wants_connect_ = false;
    bool wants_memberships_ = false;
    detail::sender_connections connections_;
    detail::sent_events events_;
    detail::deliveries deliveries_;
    detail::queue<sender_answer> answers_;
    event_sender_counters counters_;
    /// Of the last call.
    instant now_{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#include <webpubsub/service/detail/event_sender_calls.hpp>
#include <webpubsub/service/detail/event_sender_events.hpp>
