// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"

#include <webpubsub/client/client.hpp>
#include <webpubsub/codec/json.hpp>

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace webpubsub::tests {

/// Runs one client in virtual time against a service that the test plays by hand.
struct client_driver {
    explicit client_driver(client the_client) : c(std::move(the_client)) {}

    client c;
    steady_time now{std::chrono::hours(1)};
    std::deque<client_event> events;
    std::vector<std::string> sent;
    client_events::open_transport transport;
    bool writes_complete = true;

    /// What the loop of a program does after every call.
    void drain() {
        for (;;) {
            while (auto event = c.poll_event()) {
                if (const auto* open = std::get_if<client_events::open_transport>(&*event)) transport = *open;
                events.push_back(std::move(*event));
            }
            const auto message = c.poll_transmit();
            if (!message) return;
            CHECK(message->transport == transport.transport);
            sent.emplace_back(message->bytes());
            if (writes_complete) c.handle_written(now, message->transport);
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
    void open_failed(unsigned status) {
        c.handle_open_failed(now, transport.transport, status);
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

    /// Takes the first event of that type, with what came before it left in place.
    template <class Event>
    std::optional<Event> take() {
        for (auto it = events.begin(); it != events.end(); ++it) {
            if (auto* found = std::get_if<Event>(&*it)) {
                std::optional<Event> taken(std::move(*found));
                events.erase(it);
                return taken;
            }
        }
        return std::nullopt;
    }

    template <class Event>
    std::size_t count() const {
        std::size_t n = 0;
        for (const auto& event : events) n += std::holds_alternative<Event>(event);
        return n;
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
};

// The service's frames.

inline std::string ack(ack_id id) { return R"({"type":"ack","ackId":)" + std::to_string(id) + R"(,"success":true})"; }

inline std::string nack(ack_id id, std::string_view name) {
    return R"({"type":"ack","ackId":)" + std::to_string(id) + R"(,"success":false,"error":{"name":")" +
           std::string(name) + R"(","message":"m"}})";
}

inline std::string group_text(std::uint64_t sequence_id, std::string_view text) {
    return R"({"sequenceId":)" + std::to_string(sequence_id) +
           R"(,"type":"message","from":"group","group":"g","dataType":"text","data":")" + std::string(text) + "\"}";
}

using strings = std::vector<std::string>;

inline client_options with_url() {
    client_options options;
    options.url = "wss://example.test/client/hubs/chat?access_token=secret";
    return options;
}

inline client_driver reliable_client(client_options options = with_url()) {
    return client_driver(client(reliable_json_codec(), std::move(options)));
}

inline client_driver plain_client(client_options options = with_url()) {
    return client_driver(client(json_codec(), std::move(options)));
}

} // namespace webpubsub::tests
