// SPDX-License-Identifier: MIT
#include <webpubsub/client/pump.hpp>
#include <webpubsub/codec/json.hpp>

#include "support/catch.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace webpubsub;

namespace {

struct recorded_transport {
    std::vector<std::string> calls;
    std::optional<steady_time> timer;

    void open(const client_events::open_transport& e) { calls.push_back("open " + e.url); }
    void close(const client_events::close_transport& e) { calls.push_back("close " + std::to_string(e.code)); }
    void write(const transmit& message) { calls.push_back("write " + std::string(message.bytes())); }
    void arm(std::optional<steady_time> when) { timer = when; }
};

} // namespace

TEST_CASE("the pump hands each event to the side it is for, writes one message at a time and arms the timer") {
    client_options options;
    options.url = "ws://h/";
    client c(json_codec(), options);
    recorded_transport transport;
    std::size_t application_events = 0;
    const steady_time now{};
    const auto run = [&] { pump(c, transport, [&](const auto&) { ++application_events; }); };

    REQUIRE(c.start(now));
    run();
    CHECK(transport.calls == std::vector<std::string>{"open ws://h/"});
    CHECK(transport.timer == now + options.handshake_timeout);
    c.handle_opened(now, 1, "json.webpubsub.azure.v1");
    REQUIRE(c.handle_frame(now, 1, frame_kind::text, R"({"type":"system","event":"connected","connectionId":"c"})"));
    REQUIRE(c.join_group(now, "a"));
    REQUIRE(c.join_group(now, "b"));
    transport.calls.clear();
    run();
    CHECK(application_events == 1);
    run();
    CHECK(transport.calls == std::vector<std::string>{R"(write {"type":"joinGroup","group":"a","ackId":1})"});
    c.handle_written(now, 1);
    run();
    CHECK(transport.calls.size() == 2);
    c.stop(now);
    transport.calls.clear();
    run();
    CHECK(transport.calls == std::vector<std::string>{"close 1000"});
    CHECK_FALSE(transport.timer);
    CHECK(application_events == 5);
}

TEST_CASE("an application may issue commands from within its events") {
    client_options options;
    options.url = "ws://h/";
    client c(json_codec(), options);
    recorded_transport transport;
    const steady_time now{};
    REQUIRE(c.start(now));
    c.handle_opened(now, 1, "");
    bool stopped = false;
    pump(c, transport, [&]<class Event>(const Event&) {
        if constexpr (std::is_same_v<Event, client_events::connect_failed>) c.stop(now);
        if constexpr (std::is_same_v<Event, client_events::stopped>) stopped = true;
    });
    CHECK(stopped);
}

TEST_CASE("a transport may tell at once what came of a call") {
    struct immediate_transport {
        client& c;
        steady_time now;
        unsigned refusals = 2;
        std::vector<std::string> written{};

        void open(const client_events::open_transport& e) {
            if (refusals != 0) return static_cast<void>((--refusals, c.handle_open_failed(now, e.transport, 503)));
            c.handle_opened(now, e.transport, e.subprotocol);
        }
        void close(const client_events::close_transport&) {}
        void write(const transmit& message) {
            written.emplace_back(message.bytes());
            c.handle_written(now, message.transport);
        }
        void arm(std::optional<steady_time>) {}
    };
    client_options options;
    options.url = "ws://h/";
    options.reconnect = {duration::zero(), duration::zero(), 0.0};
    auto c = client::raw({}, options);
    immediate_transport transport{c, {}};
    const auto run = [&] { pump(c, transport, [](const auto&) {}); };
    REQUIRE(c.start({}));
    for (int i = 0; i < 3; ++i) {
        run();
        c.handle_timeout({});
    }
    run();
    REQUIRE(c.state() == client_state::connected);
    REQUIRE(c.send_frame({}, frame_kind::text, "a"));
    REQUIRE(c.send_frame({}, frame_kind::text, "b"));
    run();
    CHECK(transport.written == std::vector<std::string>{"a", "b"});
}
