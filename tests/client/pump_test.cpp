// SPDX-License-Identifier: MIT
#include <webpubsub/client/pump.hpp>
#include <webpubsub/codec/json.hpp>

#include "support/catch.hpp"

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

using namespace webpubsub;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

struct recorded_transport {
    strings calls;
    std::optional<steady_time> timer;
    std::size_t armed = 0;
    std::function<void(const client_orders::open_transport&)> on_open = [](const auto&) {};

    void open(const client_orders::open_transport& o) {
        calls.push_back("open " + o.url);
        on_open(o);
    }
    void close(const client_orders::close_transport& o) { calls.push_back("close " + std::to_string(o.code)); }
    void write(const transmit& message) { calls.push_back("write " + std::string(message.bytes())); }
    void arm(std::optional<steady_time> when) {
        timer = when;
        ++armed;
    }
};

/// It has the functions that a transport may have.
struct full_transport : recorded_transport {
    void need_url(const client_orders::need_url& o) { calls.push_back("need " + std::string(name_of(o.purpose))); }
    void pause_reading(transport_id) { calls.push_back("pause"); }
    void resume_reading(transport_id) { calls.push_back("resume"); }
};

client_options fixed_url() {
    client_options options;
    options.url = "ws://h/";
    return options;
}

constexpr transport_id first{1};
const auto* const connected_frame = R"({"type":"system","event":"connected","connectionId":"c"})";

} // namespace

TEST_CASE("the pump hands orders and messages to the transport, events to the application, and arms the timer") {
    client c(json_codec(), 1, fixed_url());
    recorded_transport transport;
    std::size_t application_events = 0;
    auto application = [&](const auto&) { ++application_events; };
    pump p(c, transport, application);
    const steady_time now{};

    REQUIRE(c.start(now));
    p.run();
    CHECK(transport.calls == strings{"open ws://h/"});
    CHECK(transport.timer == now + 30s);
    c.handle_opened(now, first, "json.webpubsub.azure.v1");
    REQUIRE(c.handle_frame(now, first, frame_kind::text, connected_frame));
    REQUIRE(c.join_group(now, "a"));
    transport.calls.clear();
    p.run();
    CHECK(application_events == 1);
    CHECK(transport.calls == strings{R"(write {"type":"joinGroup","group":"a","ackId":1})"});
    // A deadline that stays is not told again.
    const auto armed = transport.armed;
    p.run();
    CHECK(transport.armed == armed);
    c.stop(now);
    transport.calls.clear();
    p.run();
    CHECK(transport.calls == strings{"close 1000"});
    CHECK_FALSE(transport.timer);
    // `connected`, `disconnected`, the outcome of the join, `stopped`.
    CHECK(application_events == 4);
}

TEST_CASE("the pump's own timeout runs the client on and arms the timer again") {
    client c(json_codec(), 1, fixed_url());
    recorded_transport transport;
    auto application = [](const auto&) {};
    pump p(c, transport, application);
    REQUIRE(c.start(steady_time{}));
    p.run();
    const auto due = transport.timer.value();
    p.handle_timeout(due);
    CHECK(transport.calls == strings{"open ws://h/", "close 1005"});
    REQUIRE(transport.timer);
    CHECK(*transport.timer > due);
    p.handle_timeout(*transport.timer);
    CHECK(transport.calls.back() == "open ws://h/");
}

TEST_CASE("a transport that can give URLs and pause reading is asked to") {
    client_options options;
    options.events.max_count = 4;
    client c(json_codec(), 1, options);
    full_transport transport;
    auto application = [](const auto&) {};
    pump p(c, transport, application);
    const steady_time now{};
    REQUIRE(c.start(now));
    p.run();
    CHECK(transport.calls == strings{"need fresh"});
    REQUIRE(c.provide_url(now, url_request_id{1}, "ws://h/"));
    p.run();
    c.handle_opened(now, first, "json.webpubsub.azure.v1");
    REQUIRE(c.handle_frame(now, first, frame_kind::text, connected_frame));
    REQUIRE(c.handle_frame(now, first, frame_kind::text, R"({"type":"message","from":"server","data":1})"));
    transport.calls.clear();
    p.run();
    CHECK(transport.calls == strings{"pause", "resume"});
}

TEST_CASE("an application may issue commands and run the pump from within its events") {
    client c(json_codec(), 1, fixed_url());
    recorded_transport transport;
    const steady_time now{};
    REQUIRE(c.start(now));
    c.handle_opened(now, first, "");
    std::function<void()> run;
    strings told;
    auto application = [&]<class Event>(const Event&) {
        told.push_back(std::is_same_v<Event, client_events::stopped> ? "stopped" : "another");
        if constexpr (std::is_same_v<Event, client_events::connect_failed>) {
            c.stop(now);
            run();
            told.emplace_back("end of connect_failed");
        }
    };
    pump p(c, transport, application);
    run = [&] { p.run(); };
    p.run();
    // An event is never told within another.
    CHECK(told == strings{"another", "another", "end of connect_failed", "stopped"});
    CHECK_FALSE(transport.timer);
}

TEST_CASE("an application that throws leaves a pump that can run again") {
    client c(json_codec(), 1, fixed_url());
    recorded_transport transport;
    const steady_time now{};
    REQUIRE(c.start(now));
    c.handle_opened(now, first, "");
    bool throws = true;
    std::size_t told = 0;
    auto application = [&](const auto&) {
        if (std::exchange(throws, false)) throw 1;
        ++told;
    };
    pump p(c, transport, application);
    CHECK_THROWS(p.run());
    p.run();
    CHECK(told == 1);
}

TEST_CASE("a transport may tell at once what came of a call") {
    struct immediate_transport {
        client& c;
        steady_time now;
        unsigned refusals = 2;
        strings written{};

        void open(const client_orders::open_transport& o) {
            if (refusals != 0) return static_cast<void>((--refusals, c.handle_open_failed(now, o.transport, {503})));
            c.handle_opened(now, o.transport, o.subprotocol);
        }
        void close(const client_orders::close_transport&) {}
        void write(const transmit& message) {
            written.emplace_back(message.bytes());
            c.handle_written(now, message.transport);
        }
        void arm(std::optional<steady_time> when) { timer = when; }
        std::optional<steady_time> timer{};
    };
    auto c = client::raw({}, 1, fixed_url());
    immediate_transport transport{c, {}};
    auto application = [](const auto&) {};
    pump p(c, transport, application);
    REQUIRE(c.start({}));
    p.run();
    for (int i = 0; i < 2; ++i) p.handle_timeout(transport.now = transport.timer.value());
    REQUIRE(c.state() == client_state::connected);
    REQUIRE(c.send_frame(transport.now, frame_kind::text, "a"));
    REQUIRE(c.send_frame(transport.now, frame_kind::text, "b"));
    p.run();
    CHECK(transport.written == strings{"a", "b"});
}
