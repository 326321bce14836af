// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("after these ends a connection is not recovered") {
    const auto code = GENERATE(as<std::uint16_t>{}, 1000, 1002, 1003, 1007, 1008, 1009);
    auto d = reliable_client();
    d.connect();
    d.closed(code, "because");
    CHECK(d.count<recovering>() == 0);
    const auto gone = d.take<disconnected>();
    REQUIRE(gone);
    CHECK(gone->code == code);
    CHECK(gone->reason == "because");
    CHECK(d.c.state() == client_state::connecting);
}

TEST_CASE("after these ends a reliable connection is recovered and a plain one is replaced") {
    const auto code = GENERATE(as<std::uint16_t>{}, 1001, 1005, 1006, 1011, 1012, 4000);
    auto reliable = reliable_client();
    reliable.connect();
    reliable.closed(code);
    CHECK(reliable.c.state() == client_state::recovering);
    auto plain = plain_client();
    plain.connect("c1", "");
    plain.closed(code);
    CHECK(plain.c.state() == client_state::connecting);
    CHECK(plain.count<disconnected>() == 1);
}

TEST_CASE("a service that says disconnected ends the connection, and its words reach the application") {
    auto d = reliable_client();
    d.connect();
    d.receive(R"({"type":"system","event":"disconnected","message":"Application server closed the connection."})");
    d.closed(close_code::abnormal);
    CHECK(d.count<recovering>() == 0);
    CHECK(d.take<disconnected>()->message == "Application server closed the connection.");
}

TEST_CASE("a URL is asked again for each connection, and for recovery when its time is nearly up or it was refused") {
    auto options = calm_options();
    options.connect.url_renewal_margin = 30s;
    auto d = reliable_client(options);
    d.start();
    auto asked = d.take<need_url>();
    REQUIRE(asked);
    CHECK(asked->purpose == connect_purpose::fresh);
    CHECK(asked->refused_status == 0);
    REQUIRE(d.provide(url_request_id{99}, "ws://stale/"));
    CHECK(d.count<open_transport>() == 0);
    REQUIRE(d.provide(asked->request, "ws://one/", 60s));
    CHECK(d.take<open_transport>()->url == "ws://one/");
    d.connect();

    SECTION("while it is good it serves for recovery") {
        d.wait(20s);
        d.closed();
        CHECK(d.count<need_url>() == 0);
        CHECK(d.take<open_transport>()->url.starts_with("ws://one/?awps_connection_id=c1"));
    }
    SECTION("nearly expired it does not") {
        d.wait(31s);
        d.closed();
        asked = d.take<need_url>();
        REQUIRE(asked);
        CHECK(asked->purpose == connect_purpose::recovery);
        REQUIRE(d.provide(asked->request, "ws://two/?a=b"));
        CHECK(d.take<open_transport>()->url.starts_with("ws://two/?a=b&awps_connection_id=c1"));
    }
    SECTION("refused it does not, and the status is told") {
        const auto status = GENERATE(401u, 403u);
        d.closed();
        d.open_failed(status);
        d.wait(1s);
        asked = d.take<need_url>();
        REQUIRE(asked);
        CHECK(asked->refused_status == status);
    }
    SECTION("another failure is no reason") {
        d.closed();
        d.open_failed(503);
        d.wait(1s);
        CHECK(d.count<need_url>() == 0);
    }
    SECTION("a new connection has a new URL") {
        d.closed(close_code::normal);
        d.wait(2s);
        CHECK(d.take<need_url>()->purpose == connect_purpose::fresh);
    }
    SECTION("no URL to be had is a failed attempt") {
        d.closed(close_code::normal);
        d.wait(2s);
        d.c.fail_url(d.now, d.take<need_url>()->request);
        d.drain();
        CHECK(d.count<connect_failed>() == 1);
        d.wait(2s);
        CHECK(d.count<need_url>() == 1);
        // Nor may the answer take longer than half a minute.
        d.wait(30s);
        CHECK(d.count<connect_failed>() == 2);
    }
}

TEST_CASE("a failed connect is retried with growing delays, or given up after so many attempts") {
    auto options = with_url();
    options.connect.delays.jitter = 0;
    SECTION("growing delays") {
        auto d = plain_client(options);
        d.start();
        std::vector<duration> delays;
        for (int i = 0; i < 7; ++i) {
            d.open_failed(503);
            const auto failed = d.take<connect_failed>();
            REQUIRE(failed);
            CHECK(failed->attempt == static_cast<unsigned>(i + 1));
            CHECK(failed->http_status == 503);
            delays.push_back(failed->retry_in.value());
            d.wait(*failed->retry_in);
        }
        CHECK(delays == std::vector<duration>{1s, 2s, 4s, 8s, 16s, 30s, 30s});
    }
    SECTION("given up") {
        options.connect.max_attempts = 2;
        auto d = plain_client(options);
        d.start();
        REQUIRE(d.c.join_group(d.now, "g"));
        d.open_failed(503);
        d.wait(1s);
        d.open_failed(503);
        CHECK(d.c.state() == client_state::stopped);
        CHECK(d.take<request_completed>()->status == request_status::not_sent);
        CHECK(holds_alternative<stopped>(d.events.back()));
    }
    SECTION("reconnecting is an option") {
        options.connect.auto_reconnect = false;
        auto d = plain_client(options);
        d.connect("c1", "");
        d.closed();
        CHECK(d.c.state() == client_state::stopped);
        CHECK(d.count<disconnected>() == 1);
        CHECK(holds_alternative<stopped>(d.events.back()));
    }
}

TEST_CASE("no hot loop on accept-then-close, on any subprotocol and at any point of the handshake") {
    const bool reliable = GENERATE(true, false);
    const bool with_connected = GENERATE(true, false);
    const auto code = GENERATE(as<std::uint16_t>{}, 1000, 1006, 1008, 1011);
    CAPTURE(reliable, with_connected, code);
    auto d = reliable ? reliable_client() : plain_client();
    d.start();
    std::size_t opened = 0;
    const auto end = d.now + 1h;
    while (d.now < end) {
        while (d.take<open_transport>()) {
            ++opened;
            d.opened();
            if (with_connected) d.receive(d.connected_frame("c" + std::to_string(opened), reliable ? "t" : ""));
            d.closed(code);
        }
        d.forget();
        d.wait(1s);
    }
    CHECK(opened >= 100);
    // An hour of recoveries is at most one a second; connects back off to one in 15 to 30 seconds.
    CHECK(opened <= (reliable && with_connected && (code == 1006 || code == 1011) ? 3700 : 300));
}

TEST_CASE("stop is final in every state") {
    const auto state =
        GENERATE(as<std::string>{}, "idle", "asking for a URL", "opening", "waiting for connected", "connected",
                 "recovering, waiting", "recovering, opening", "recovering, open", "waiting to reconnect");
    CAPTURE(state);
    auto d = reliable_client(state == "asking for a URL" ? calm_options() : with_url());
    if (state != "idle") d.start();
    if (state == "waiting for connected") d.opened();
    if (state == "connected" || state.starts_with("recovering")) d.connect();
    if (state.starts_with("recovering")) {
        d.closed();
        if (state == "recovering, waiting") d.open_failed(0);
        if (state == "recovering, open") d.opened();
    }
    if (state == "waiting to reconnect") d.open_failed(0);
    const bool had_connection = state == "connected" || state.starts_with("recovering");
    if (state != "idle") REQUIRE(d.c.send_to_group(d.now, "g", text_payload("x")));
    d.forget();
    const auto last_transport = d.transport.transport;

    d.stop();
    CHECK(d.c.state() == client_state::stopped);
    CHECK(d.count<stopped>() == 1);
    CHECK(holds_alternative<stopped>(d.events.back()));
    CHECK(d.count<request_completed>() == (state == "idle" ? 0 : 1));
    CHECK(d.count<disconnected>() == (had_connection ? 1 : 0));
    const bool has_transport = state == "opening" || state == "waiting for connected" || state == "connected" ||
                               state == "recovering, opening" || state == "recovering, open";
    const auto close = d.take<close_transport>();
    CHECK(close.has_value() == has_transport);
    if (close) {
        CHECK(close->transport == last_transport);
        CHECK(close->code == close_code::normal);
    }

    d.forget();
    d.c.handle_opened(d.now, last_transport, "json.reliable.webpubsub.azure.v1");
    d.c.handle_open_failed(d.now, last_transport, {500});
    CHECK(d.c.handle_frame(d.now, last_transport, frame_kind::text, d.connected_frame("c9", "t9")));
    d.c.handle_written(d.now, last_transport);
    d.c.handle_closed(d.now, last_transport, 1006, "");
    CHECK(d.c.provide_url(d.now, url_request_id{1}, "ws://x/"));
    d.c.stop(d.now);
    d.wait(24h);
    d.drain();
    CHECK(d.events.empty());
    CHECK_FALSE(d.c.poll_timeout());
    CHECK_FALSE(d.c.poll_transmit());
    CHECK(d.c.state() == client_state::stopped);
    CHECK(d.c.start(d.now).error().code == errc::stopped);
    CHECK(d.c.join_group(d.now, "g").error().code == errc::stopped);
}

TEST_CASE("a handshake that never ends is given up") {
    auto d = reliable_client();
    d.start();
    SECTION("before it is open") {}
    SECTION("before connected") { d.opened(); }
    const auto first = d.transport.transport;
    d.forget();
    d.wait(30s);
    const auto close = d.take<close_transport>();
    REQUIRE(close);
    CHECK(close->transport == first);
    CHECK(d.count<connect_failed>() == 1);
    d.wait(2s);
    CHECK(d.transport.transport != first);
}

TEST_CASE("a day of keep-alive: pings at their interval, and a dead transport is noticed") {
    auto d = reliable_client();
    d.connect();
    for (int i = 0; i < 24 * 60 * 4; ++i) {
        d.wait(15s);
        d.receive(pong);
    }
    CHECK(d.pings == 24 * 60 * 4);
    CHECK(d.sent.empty());
    CHECK(d.c.state() == client_state::connected);
    d.forget();
    const auto first = d.transport.transport;
    d.wait(120s);
    const auto close = d.take<close_transport>();
    REQUIRE(close);
    CHECK(close->transport == first);
    CHECK(close->code == close_code::none);
    CHECK(d.c.state() == client_state::recovering);
}

TEST_CASE("what comes late from an old transport is ignored and counted") {
    auto d = reliable_client();
    d.connect();
    const auto old = d.transport.transport;
    d.closed();
    d.opened();
    d.receive(pong);
    d.forget();
    CHECK(d.c.handle_frame(d.now, old, frame_kind::text, group_text(1, "late")));
    d.c.handle_closed(d.now, old, 1008, "");
    d.c.handle_written(d.now, old);
    d.c.handle_opened(d.now, old, "");
    d.c.handle_open_failed(d.now, old, {500});
    d.drain();
    CHECK(d.events.empty());
    CHECK(d.c.counters().late_inputs == 5);
    CHECK(d.c.state() == client_state::connected);
}

TEST_CASE("a copy of a client goes its own way") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    auto copy = d;
    d.drain();
    d.receive(ack(1));
    CHECK(d.c.pending_requests() == 0);
    CHECK(copy.c.pending_requests() == 1);
    copy.drain();
    copy.closed(close_code::normal);
    CHECK(copy.take<request_completed>()->status == request_status::outcome_unknown);
    CHECK(d.c.state() == client_state::connected);
}
