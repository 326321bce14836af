// SPDX-License-Identifier: MIT
#include "defects/client_bench.hpp"

// Durations and sizes at their extremes, in a client.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("defect 20: a recovery that is switched off is not tried and not told") {
    client_bench b(client_setup{.recover = false});
    b.connect();
    b.closed();
    CHECK(b.count<recovering>() == 0);
    CHECK(b.count<disconnected>() == 1);
    b.await_open();
    CHECK(b.opens.back().url.find("awps_connection_id") == std::string::npos);
}

TEST_CASE("defect 20: a client does not start with a negative duration") {
    for (const auto& setup : {client_setup{.stable_time = -1s}, client_setup{.handshake_timeout = -1s},
                              client_setup{.recovery_window = -1s}, client_setup{.recovery_confirmation = -1s},
                              client_setup{.keep_alive_interval = -1s}, client_setup{.keep_alive_timeout = -1s},
                              client_setup{.sequence_ack_interval = -1s}, client_setup{.request_timeout = -1s},
                              client_setup{.invocation_timeout = -1s}, client_setup{.inbound_stream_idle = -1s}}) {
        client_bench b(setup);
        CHECK_FALSE(b.start());
    }
}

TEST_CASE("defect 21: no frame of a stream is longer than the limit of frames") {
    const std::string huge(std::size_t{2} << 20, 'x');
    client_bench b;
    b.connect();
    SECTION("its start") { CHECK_FALSE(b.open_stream("g", huge)); }
    SECTION("its end") {
        REQUIRE(b.open_stream("g", "s"));
        b.receive(stream_ack("s", 1));
        CHECK_FALSE(b.end_stream("s", huge));
        // Nothing has changed by the call that failed.
        CHECK(b.write_stream("s", "y"));
    }
    SECTION("its abort") {
        REQUIRE(b.open_stream("g", "s"));
        b.receive(stream_ack("s", 1));
        CHECK_FALSE(b.abort_stream("s", huge));
        CHECK(b.write_stream("s", "y"));
    }
    for (const auto& frame : b.wire) CHECK(frame.bytes.size() <= std::size_t{1} << 20);
}

TEST_CASE("defect 22: the bytes of the events that wait in a client are limited") {
    client_bench b;
    b.connect();
    const std::string data(std::size_t{1} << 20, 'x');
    std::size_t taken = 0;
    while (taken < 64 && b.receive_unpolled(group_text(taken + 1, data))) ++taken;
    // 16 MiB by default, and a message is taken as a whole.
    CHECK(taken <= 17);
    CHECK(taken >= 8);
}

TEST_CASE("defect 23: a payload is still there when a call fails") {
    payload data = text_payload("what the caller still needs when there is no room");
    SECTION("too many requests wait") {
        client_bench b(client_setup{.max_pending_requests = 1});
        b.connect();
        REQUIRE(b.send("first"));
        REQUIRE_FALSE(b.send_data("second", data));
    }
    SECTION("too many bytes wait") {
        client_bench b(client_setup{.max_pending_bytes = 10});
        b.connect();
        REQUIRE_FALSE(b.send_data("second", data));
    }
    SECTION("the client was not started") {
        client_bench b;
        REQUIRE_FALSE(b.send_data("second", data));
    }
    CHECK(data.bytes == "what the caller still needs when there is no room");
}

namespace {

constexpr duration longest = duration::max();

/// What a member of a client's options has to do with its fate in one hour: nothing is due, so nothing happens.
void check_quiet_hour(client_setup setup) {
    // The others that would come due in it.
    if (!setup.request_timeout) setup.request_timeout = 2h;
    if (!setup.invocation_timeout) setup.invocation_timeout = 2h;
    client_bench b(setup);
    b.connect();
    const auto sent = b.send("e");
    REQUIRE(b.invoke("e"));
    b.written();
    for (int i = 0; i < 60; ++i) {
        b.pass(1min);
        b.receive(R"({"type":"pong"})");
    }
    CHECK(b.outcome(sent).empty());
    CHECK(b.count<invocation_completed>() == 0);
    CHECK(b.is_connected());
    CHECK(b.closes.empty());
    CHECK(b.opens.size() == 1);
}

} // namespace

TEST_CASE("defect 20: the longest duration of a client is not at once") {
    SECTION("handshake_timeout") {
        client_bench b(client_setup{.handshake_timeout = longest});
        REQUIRE(b.start());
        b.pass(1h);
        CHECK(b.opens.size() == 1);
        CHECK(b.closes.empty());
    }
    SECTION("recovery_window") {
        client_bench b(client_setup{.recovery_window = longest});
        b.connect();
        b.closed();
        b.open_failed(503);
        b.pass(2s);
        CHECK(b.count<disconnected>() == 0);
        CHECK(b.opens.size() >= 3);
    }
    SECTION("recovery_confirmation") {
        client_bench b(client_setup{.recovery_confirmation = longest});
        b.connect();
        b.closed();
        b.opened();
        b.pass(100ms);
        CHECK(b.count<recovered>() == 0);
        CHECK(b.closes.empty());
    }
    SECTION("keep_alive_interval") {
        client_bench b(client_setup{.keep_alive_interval = longest});
        b.connect();
        b.pass(1min);
        CHECK(b.writings("ping") == 0);
    }
    SECTION("keep_alive_timeout") { check_quiet_hour(client_setup{.keep_alive_timeout = longest}); }
    SECTION("request_timeout") { check_quiet_hour(client_setup{.request_timeout = longest}); }
    SECTION("invocation_timeout") { check_quiet_hour(client_setup{.invocation_timeout = longest}); }
    SECTION("sequence_ack_interval") {
        client_bench b(client_setup{.sequence_ack_interval = longest});
        b.connect();
        b.receive(group_text(1, "a"));
        b.pass(1min);
        CHECK(b.writings("sequenceAck") == 0);
    }
    SECTION("request_timeout, of a rejoin") {
        client_bench b(client_setup{.request_timeout = longest});
        b.connect();
        b.receive(ack(*b.join("g")));
        b.replace();
        b.pass(1min);
        CHECK(b.count<rejoin_failed>() == 0);
    }
    SECTION("the idle time of a received stream") {
        client_bench b(client_setup{.reliable = false, .inbound_stream_idle = longest});
        b.connect();
        b.receive(stream_message("s", 1, "a"));
        b.pass(1min);
        CHECK(b.count<stream_abandoned>() == 0);
    }
    SECTION("stable_time") {
        // A connection that is never good for sure leaves the delays between attempts growing.
        client_bench b(client_setup{.reliable = false, .stable_time = longest});
        b.connect();
        b.pass(1min);
        b.closed();
        CHECK_FALSE(b.awaits_transport());
    }
    SECTION("finish") {
        client_bench b;
        b.connect();
        REQUIRE(b.send("e"));
        b.c.finish(b.now, longest);
        b.settle();
        b.pass(1min);
        CHECK_FALSE(b.is_stopped());
    }
}
