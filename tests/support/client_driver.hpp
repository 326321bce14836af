// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"

#include <webpubsub/client/client.hpp>
#include <webpubsub/codec/json.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace webpubsub::tests {

inline const std::string pong = R"({"type":"pong"})";

/// Runs one client in virtual time against a service that the test plays by hand.
struct client_driver {
    explicit client_driver(client the_client) : c(std::move(the_client)) {}

    client c;
    steady_time now{std::chrono::hours(1)};
    std::deque<client_event> events;
    std::deque<client_order> orders;
    /// What was written, but for pings, which are counted.
    std::vector<std::string> sent;
    std::size_t pings = 0;
    client_orders::open_transport transport;
    bool writes_complete = true;

    /// What the loop of a program does after every call; a timer that is due fires at once.
    void drain() {
        for (int turns = 0;; ++turns) {
            REQUIRE(turns < 100'000);
            if (auto order = c.poll_order()) {
                if (const auto* open = get_if<client_orders::open_transport>(&*order)) transport = *open;
                orders.push_back(std::move(*order));
            } else if (const auto message = c.poll_transmit()) {
                CHECK(message->transport == transport.transport);
                if (message->bytes() == R"({"type":"ping"})") {
                    ++pings;
                } else {
                    sent.emplace_back(message->bytes());
                }
                if (writes_complete) c.handle_written(now, message->transport);
            } else if (auto event = c.poll_event()) {
                events.push_back(std::move(*event));
            } else if (const auto due = c.poll_timeout(); due && *due <= now) {
                c.handle_timeout(now);
            } else {
                return;
            }
        }
    }

    void start() {
        REQUIRE(c.start(now));
        drain();
    }
    void opened(std::string_view subprotocol) {
        c.handle_opened(now, transport.transport, subprotocol);
        drain();
    }
    void opened() { opened(transport.subprotocol); }
    void open_failed(unsigned status, std::optional<duration> retry_after = {}) {
        c.handle_open_failed(now, transport.transport, {status, retry_after});
        drain();
    }
    void closed(std::uint16_t code = close_code::abnormal, std::string_view reason = {}) {
        c.handle_closed(now, transport.transport, code, reason);
        drain();
    }
    void receive(std::string_view frame, frame_kind kind = frame_kind::text) {
        REQUIRE(c.handle_frame(now, transport.transport, kind, frame));
        drain();
    }
    /// Some of the writes that were held back have completed.
    void written(std::size_t count = 1) {
        c.handle_written(now, transport.transport, count);
        drain();
    }
    result<void> provide(url_request_id request, std::string_view url, std::optional<duration> lifetime = {}) {
        auto provided = c.provide_url(now, request, url, lifetime);
        drain();
        return provided;
    }
    void stop() {
        c.stop(now);
        drain();
    }

    /// Lets the time pass, with every timer on its way.
    void wait(duration time) {
        const auto end = now + time;
        for (;;) {
            const auto next = c.poll_timeout();
            if (!next || *next > end) break;
            now = std::max(now, *next);
            c.handle_timeout(now);
            drain();
        }
        now = end;
    }

    void connect(std::string_view id = "c1", std::string_view token = "t1") {
        if (c.state() == client_state::idle) start();
        opened();
        receive(connected_frame(id, token));
        REQUIRE(c.state() == client_state::connected);
    }

    static std::string connected_frame(std::string_view id, std::string_view token) {
        return R"({"type":"system","event":"connected","userId":"u","connectionId":")" + std::string(id) +
               R"(","reconnectionToken":")" + std::string(token) + "\"}";
    }

    /// Takes the first event or order of that type, with what came before it left in place.
    template <class T>
    std::optional<T> take() {
        return take_from<T>(told<T>());
    }

    template <class T>
    std::size_t count() {
        std::size_t n = 0;
        for (const auto& each : told<T>()) n += holds_alternative<T>(each);
        return n;
    }

    /// Forgets the events and orders so far.
    void forget() {
        events.clear();
        orders.clear();
    }

    std::vector<std::string> take_sent() { return std::exchange(sent, {}); }

    /// The transport is lost, and the connection goes on with another.
    void recover(std::string_view id = "c1", std::string_view token = "t1") {
        closed();
        opened();
        receive(connected_frame(id, token));
        REQUIRE(c.state() == client_state::connected);
    }

    /// The connection is lost for good, and a new one takes its place.
    void replace(std::string_view id = "c2", std::string_view token = "t2") {
        closed(close_code::policy_violation);
        wait(std::chrono::seconds(10));
        opened();
        receive(connected_frame(id, token));
        REQUIRE(c.state() == client_state::connected);
    }

private:
    template <class T>
    static constexpr bool is_order = std::is_constructible_v<client_order, T>;

    template <class T>
    auto& told() {
        if constexpr (is_order<T>) {
            return orders;
        } else {
            return events;
        }
    }

    template <class T, class Queue>
    static std::optional<T> take_from(Queue& queue) {
        for (auto it = queue.begin(); it != queue.end(); ++it) {
            if (auto* found = get_if<T>(&*it)) {
                std::optional<T> taken(std::move(*found));
                queue.erase(it);
                return taken;
            }
        }
        return std::nullopt;
    }
};

// The service's frames.

inline std::string ack(std::uint64_t id) {
    return R"({"type":"ack","ackId":)" + std::to_string(id) + R"(,"success":true})";
}
inline std::string ack(ack_id id) { return ack(number_of(id)); }

inline std::string nack(std::uint64_t id, std::string_view name) {
    return R"({"type":"ack","ackId":)" + std::to_string(id) + R"(,"success":false,"error":{"name":")" +
           std::string(name) + R"(","message":"m"}})";
}

inline std::string group_text(std::uint64_t sequence_id, std::string_view text) {
    return R"({"sequenceId":)" + std::to_string(sequence_id) +
           R"(,"type":"message","from":"group","group":"g","dataType":"text","data":")" + std::string(text) + "\"}";
}

using strings = std::vector<std::string>;

/// Options with a URL and without jitter, so that the times of attempts are known.
inline client_options calm_options(client_options options = {}) {
    options.connect.first_delay = duration::zero();
    options.recovery.first_delay = duration::zero();
    options.recovery.delays.jitter = 0;
    return options;
}

inline client_options with_url() {
    auto options = calm_options();
    options.url = "wss://example.test/client/hubs/chat?access_token=secret";
    return options;
}

/// The transport takes one message at a time.
inline client_options one_write_at_a_time(client_options options = with_url()) {
    options.window.messages = 1;
    return options;
}

inline client_driver reliable_client(client_options options = with_url()) {
    return client_driver(client(reliable_json_codec(), 1, std::move(options)));
}

inline client_driver plain_client(client_options options = with_url()) {
    return client_driver(client(json_codec(), 1, std::move(options)));
}

} // namespace webpubsub::tests
