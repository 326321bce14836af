// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"

#include "defects/client_setup.hpp"
#include "defects/frames.hpp"

#include <webpubsub/client/client.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// One client in virtual time, with a transport and a service that the test plays. The tests of the defects see a client
// through this header only, so that a change of its interface changes this header and not the tests.

namespace webpubsub::tests {

/// The sequence id of the frame that a protocol error tells of, where it could be read.
inline std::optional<std::uint64_t> sequence_id_of(const client_events::protocol_error& e) { return e.sequence_id; }

class client_bench {
public:
    struct written_frame {
        std::string bytes;
        steady_time at;
        /// The transports are numbered from 1 in the order in which the client has asked for them.
        std::size_t transport = 0;
    };
    struct open_order {
        std::string url;
        steady_time at;
    };
    struct close_order {
        std::size_t transport = 0;
        std::uint16_t code = 0;
        steady_time at;
    };

    explicit client_bench(const client_setup& setup = {}) : client_bench(json_client(setup)) {}
    explicit client_bench(client the_client) : c(std::move(the_client)) {}
    client_bench(const client_bench&) = delete;
    client_bench& operator=(const client_bench&) = delete;

    client c;
    steady_time now{std::chrono::hours(1)};
    /// What the application was told, in its order.
    std::vector<client_event> told;
    std::vector<written_frame> wire;
    std::vector<open_order> opens;
    std::vector<close_order> closes;
    /// When the client has asked for a URL.
    std::vector<steady_time> url_requests;

    // What the other parties do by themselves. Each may call anything of this bench.

    /// The application hears of an event.
    std::function<void(const client_event&)> on_event;
    /// The network is asked for a transport.
    std::function<void()> on_open;
    /// The service receives a frame. It comes when the client has nothing more to write.
    std::function<void(const written_frame&)> on_frame;
    bool writes_complete = true;

    // The transport.

    void opened() {
        pending_open_ = false;
        c.handle_opened(now, transport_, subprotocol_);
        settle();
    }
    /// The handshake was answered with that status, and perhaps with a header `Retry-After`.
    void open_failed(unsigned status, std::optional<duration> retry_after = {}) {
        pending_open_ = false;
        c.handle_open_failed(now, transport_, {status, retry_after});
        settle();
    }
    void closed(std::uint16_t code = close_code::abnormal) {
        c.handle_closed(now, transport_, code, {});
        settle();
    }
    void receive(std::string_view frame) {
        CHECK(c.handle_frame(now, transport_, frame_kind::text, frame));
        settle();
    }
    /// Frames come and nobody takes the events. False if the client refuses to take more.
    bool receive_unpolled(std::string_view frame) {
        return c.handle_frame(now, transport_, frame_kind::text, frame).has_value();
    }
    /// The writes that were held back are completed, and so are all later ones.
    void complete_writes() {
        writes_complete = true;
        c.handle_written(now, transport_, std::exchange(under_way_, 0));
        settle();
    }
    /// Whether the client takes that URL for an answer to its last question.
    bool give_url(std::string url) { return after(c.provide_url(now, url_request_, url).has_value()); }

    // Time.

    /// Lets the time pass, with every deadline on its way.
    void pass(duration time) {
        const auto end = now + time;
        for (std::size_t steps = 0;; ++steps) {
            const auto next = c.poll_timeout();
            if (!next || *next > end) break;
            REQUIRE(steps < 100'000);
            now = std::max(now, *next);
            c.handle_timeout(now);
            settle();
        }
        now = end;
    }
    /// The process stands still for so long, and its timer is what it serves first afterwards.
    void suspend(duration time) {
        now += time;
        c.handle_timeout(now);
        settle();
    }

    // The life of a connection.

    bool start() {
        const bool started = c.start(now).has_value();
        settle();
        return started;
    }
    /// The first connection of all.
    void connect(std::string_view id = "c1") {
        REQUIRE(start());
        establish(id);
    }
    /// The transport that was asked for opens, and the service greets.
    void establish(std::string_view id) {
        REQUIRE(pending_open_);
        opened();
        receive(connected_frame(id));
        REQUIRE(is_connected());
    }
    /// Lets the time pass until a transport is asked for, for at most a minute.
    void await_open() {
        for (int i = 0; i < 600 && !pending_open_; ++i) pass(std::chrono::milliseconds(100));
        REQUIRE(pending_open_);
    }
    /// The connection is lost for good, and a new one takes its place.
    void replace(std::string_view id = "c2") {
        closed(close_code::policy_violation);
        await_open();
        establish(id);
    }
    bool is_connected() const { return c.state() == client_state::connected; }
    bool is_stopped() const { return c.state() == client_state::stopped; }
    bool awaits_transport() const { return pending_open_; }

    // What the application asks for. An id without a value says that the call has failed.

    using request_id = std::optional<std::uint64_t>;

    request_id join(std::string_view group) { return settled(c.join_group(now, group)); }
    request_id leave(std::string_view group) { return settled(c.leave_group(now, group)); }
    request_id send(std::string_view event, std::string text = "x") {
        return settled(c.send_event(now, event, text_payload(std::move(text))));
    }
    request_id send_unacknowledged(std::string_view event) {
        message_options options;
        options.fire_and_forget = true;
        return settled(c.send_event(now, event, text_payload("x"), options));
    }
    /// Gives the client a payload that the caller may want to have again if the call fails.
    request_id send_data(std::string_view event, payload& data) { return settled(c.send_event(now, event, data)); }
    /// A text frame of a client without a PubSub subprotocol. Returns whether the client takes it.
    bool send_raw(std::string text) { return after(c.send_frame(now, frame_kind::text, text).has_value()); }
    /// What the error of a call says that sends an event with that text; empty if the call succeeds.
    std::string refusal_of(std::string_view event, std::string text) {
        const auto sent = c.send_event(now, event, text_payload(std::move(text)));
        settle();
        return sent ? std::string() : sent.error().message();
    }
    request_id set_state(std::string_view group, std::string value) {
        return settled(c.set_group_state(now, group, {{"k", std::move(value)}}));
    }
    request_id subscribe(std::string_view group) { return settled(c.subscribe_group_state(now, group)); }
    request_id unsubscribe(std::string_view group) { return settled(c.unsubscribe_group_state(now, group)); }

    /// Returns whether the client takes the invocation.
    bool invoke(std::string_view event, std::string id = {}, std::optional<duration> timeout = {}) {
        invoke_options options;
        options.invocation_id = std::move(id);
        options.timeout = timeout;
        const bool taken = c.invoke(now, event, std::nullopt, options).has_value();
        settle();
        return taken;
    }
    bool cancel(std::string_view invocation_id) { return after(c.cancel_invocation(now, invocation_id).has_value()); }

    bool open_stream(std::string_view group, std::string id,
                     std::optional<std::chrono::milliseconds> idle_timeout = {}) {
        stream_options options;
        options.stream_id = std::move(id);
        options.idle_timeout = idle_timeout;
        return after(c.open_stream(now, group, options).has_value());
    }
    bool write_stream(std::string_view id, std::string text) {
        return after(c.write_stream(now, id, text_payload(std::move(text))).has_value());
    }
    bool end_stream(std::string_view id, std::optional<std::string> message = {}) {
        std::optional<stream_abort> error;
        if (message) error = stream_abort{std::move(*message), {}};
        return after(c.end_stream(now, id, std::move(error)).has_value());
    }
    bool abort_stream(std::string_view id, std::string message) {
        return after(c.abort_stream(now, id, stream_abort{std::move(message), {}}).has_value());
    }

    /// Several calls in one go: nothing is written before the last one.
    template <class Calls>
    void in_one_go(Calls&& calls) {
        settling_ = true;
        calls();
        settling_ = false;
        settle();
    }

    // What has happened.

    template <class Event>
    std::size_t count() const {
        return static_cast<std::size_t>(
            std::count_if(told.begin(), told.end(), [](const auto& event) { return holds_alternative<Event>(event); }));
    }
    /// The last event of that kind; null if there is none.
    template <class Event>
    const Event* last() const {
        const Event* found = nullptr;
        for (const auto& event : told) {
            if (const auto* one = get_if<Event>(&event)) found = one;
        }
        return found;
    }
    /// The outcome of a request, as a word; empty as long as there is none.
    std::string outcome(request_id id) const {
        std::string found;
        for (const auto& event : told) {
            const auto* one = get_if<client_events::request_completed>(&event);
            if (one == nullptr || !id || static_cast<std::uint64_t>(one->ack_id) != *id) continue;
            CHECK(found.empty());
            found = name_of(one->status);
        }
        return found;
    }
    /// What was written since the test has asked last.
    std::vector<std::string> written() {
        std::vector<std::string> summaries;
        for (; seen_ < wire.size(); ++seen_) summaries.push_back(summary_of(wire[seen_].bytes));
        return summaries;
    }
    /// How often a frame of that summary was written.
    std::size_t writings(std::string_view summary) const {
        return static_cast<std::size_t>(std::count_if(
            wire.begin(), wire.end(), [&](const auto& frame) { return summary_of(frame.bytes) == summary; }));
    }
    /// The ack id of the last frame of that summary; 0 if there is none.
    std::uint64_t ack_id_of(std::string_view summary) const {
        std::uint64_t id = 0;
        for (const auto& frame : wire) {
            if (summary_of(frame.bytes) == summary) id = number_field(frame.bytes, "ackId");
        }
        return id;
    }

    /// Does what a program's loop does after each call.
    void settle() {
        if (settling_) return;
        settling_ = true;
        for (std::size_t steps = 0;; ++steps) {
            REQUIRE(steps < 100'000);
            drain();
            if (pending_open_ && on_open && opens.size() != opens_played_) {
                opens_played_ = opens.size();
                on_open();
            } else if (on_frame && frames_played_ < wire.size()) {
                const auto frame = wire[frames_played_++];
                on_frame(frame);
            } else {
                break;
            }
        }
        settling_ = false;
    }

private:
    void drain() {
        for (int timers = 0;;) {
            if (const auto order = c.poll_order()) {
                obey(*order);
            } else if (auto event = c.poll_event()) {
                note(std::move(*event));
            } else if (const auto message = c.poll_transmit()) {
                CHECK(message->transport == transport_);
                wire.push_back({std::string(message->bytes()), now, opens.size()});
                if (writes_complete) {
                    c.handle_written(now, message->transport);
                } else {
                    ++under_way_;
                }
            } else if (const auto due = c.poll_timeout(); due && *due <= now) {
                // A timer that is due fires at once.
                REQUIRE(++timers < 10'000);
                c.handle_timeout(now);
            } else {
                return;
            }
        }
    }

    void obey(const client_order& order) {
        if (const auto* open = get_if<client_orders::open_transport>(&order)) {
            transport_ = open->transport;
            subprotocol_ = open->subprotocol;
            under_way_ = 0;
            opens.push_back({open->url, now});
            pending_open_ = true;
        } else if (const auto* close = get_if<client_orders::close_transport>(&order)) {
            closes.push_back({opens.size(), close->code, now});
            pending_open_ = false;
        } else if (const auto* need = get_if<client_orders::need_url>(&order)) {
            url_request_ = need->request;
            url_requests.push_back(now);
        }
    }

    void note(client_event event) {
        told.push_back(std::move(event));
        if (!on_event) return;
        const auto copy = told.back();
        on_event(copy);
    }

    bool after(bool taken) {
        settle();
        return taken;
    }
    template <class Id>
    request_id settled(const result<Id>& id) {
        settle();
        if (!id) return std::nullopt;
        return static_cast<std::uint64_t>(*id);
    }

    transport_id transport_{};
    url_request_id url_request_{};
    std::string subprotocol_;
    bool pending_open_ = false;
    /// Writes that were held back.
    std::size_t under_way_ = 0;
    bool settling_ = false;
    std::size_t seen_ = 0;
    std::size_t opens_played_ = 0;
    std::size_t frames_played_ = 0;
};

using strings = std::vector<std::string>;

} // namespace webpubsub::tests
