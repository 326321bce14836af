// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

// What the official JavaScript client 1.1.0 does wrong, one test for each: here it goes right. Defect d is in
// client_streams_test.cpp. The same as scripts: tests/vectors/sessions.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("defect a: a retry keeps its ack id, so that the service can tell it from a new request") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("once")).value() == ack_id{1});
    d.drain();
    const auto first = d.take_sent();
    SECTION("after a failure") {
        d.receive(nack(1, "InternalServerError"));
        d.wait(2s);
    }
    SECTION("after a lost answer") { d.recover(); }
    CHECK(d.take_sent() == first);
    d.receive(nack(1, "Duplicate"));
    const auto outcome = d.take<request_completed>();
    REQUIRE(outcome);
    CHECK(outcome->status == request_status::succeeded);
    CHECK(outcome->duplicate);
    // The next request has an id of its own.
    CHECK(d.c.send_event(d.now, "e", text_payload("x")).value() == ack_id{2});
}

TEST_CASE("defect b: what is not permitted is not tried again") {
    const auto name = GENERATE(as<std::string>{}, "Forbidden", "BadRequest", "NotFound");
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("x")));
    d.drain();
    d.take_sent();
    d.receive(nack(1, name));
    // At once, not after seconds.
    const auto outcome = d.take<request_completed>();
    REQUIRE(outcome);
    CHECK(outcome->status == request_status::failed);
    CHECK(outcome->error.name == name);
    d.wait(19s);
    CHECK(d.take_sent().empty());
    CHECK(d.c.counters().retries == 0);
}

TEST_CASE("defect c: a stop between two attempts is not lost") {
    auto d = reliable_client();
    SECTION("to connect") {
        d.start();
        SECTION("while one is under way") {}
        SECTION("before the next") { d.open_failed(503); }
    }
    SECTION("to recover") {
        d.connect();
        d.closed();
        SECTION("while one is under way") {}
        SECTION("before the next") { d.open_failed(502); }
    }
    SECTION("to replace a connection") {
        d.connect();
        d.closed(close_code::policy_violation);
        d.wait(10s);
        SECTION("while one is under way") {}
        SECTION("before the next") { d.open_failed(503); }
    }
    d.forget();
    d.stop();
    CHECK(d.count<stopped>() == 1);
    d.forget();
    // Whatever the transport still has to say.
    d.opened();
    d.wait(1h);
    CHECK(d.events.empty());
    CHECK(d.sent.empty());
    CHECK(d.c.state() == client_state::stopped);
    CHECK_FALSE(d.c.poll_timeout());
}

TEST_CASE("defect e: connected is the first that is heard of a connection") {
    auto d = reliable_client();
    d.connect("c1", "t1");
    REQUIRE(d.c.join_group(d.now, "g"));
    d.drain();
    d.receive(ack(1));
    d.closed(close_code::policy_violation);
    d.wait(10s);
    d.opened();
    d.forget();
    // Messages that were sent to the group as soon as it was joined again, before its ack.
    d.receive(d.connected_frame("c2", "t2"));
    d.receive(group_text(1, "a"));
    d.receive(ack(2));
    REQUIRE(d.events.size() == 2);
    CHECK(get<connected>(d.events[0]).connection_id == "c2");
    CHECK(get<group_message>(d.events[1]).data.bytes == "a");
}

TEST_CASE("defect f: a frame that can't be read harms neither the connection nor what waits") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.drain();
    d.forget();
    d.receive(
        R"({"sequenceId":1,"type":"message","from":"group","group":"g","dataType":"text","data":{"not":"text"}})");
    REQUIRE(d.events.size() == 1);
    CHECK(get<protocol_error>(d.events[0]).error.code == errc::invalid_field);
    d.receive(group_text(2, "b"));
    CHECK(d.count<group_message>() == 1);
    d.receive(ack(1));
    CHECK(d.count<request_completed>() == 1);
    CHECK(d.c.state() == client_state::connected);
}

TEST_CASE("defect g: there is no disconnected without a connected") {
    auto d = reliable_client();
    d.start();
    for (int i = 0; i < 5; ++i) {
        d.opened();
        d.closed(close_code::internal_error, "no room");
        d.wait(31s);
    }
    CHECK(d.count<connected>() == 0);
    CHECK(d.count<disconnected>() == 0);
    CHECK(d.count<connect_failed>() == 5);
    d.stop();
    CHECK(d.count<disconnected>() == 0);
    CHECK(d.count<stopped>() == 1);
}

TEST_CASE("defect h: an open transport is no connection, and the wait for one has an end") {
    auto d = reliable_client();
    d.start();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.opened();
    d.wait(29s);
    CHECK(d.c.state() == client_state::connecting);
    CHECK(d.count<connected>() == 0);
    CHECK(d.sent.empty());
    d.wait(1s);
    CHECK(d.count<close_transport>() == 1);
    CHECK(d.count<connect_failed>() == 1);
    d.wait(1s);
    d.connect();
    CHECK(d.sent.size() == 1);
}

TEST_CASE("defect i: a stream has ended when the service has closed it, not when its end is sent or acknowledged") {
    const bool with_data = GENERATE(true, false);
    const bool with_error = GENERATE(true, false);
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.open_stream(d.now, "g", {"s"}));
    d.drain();
    d.receive(R"({"type":"streamAck","streamId":"s","expectedSequenceId":1})");
    if (with_data) REQUIRE(d.c.write_stream(d.now, "s", text_payload("x")));
    REQUIRE(d.c.end_stream(d.now, "s", with_error ? std::optional(stream_abort{"gave up", ""}) : std::nullopt));
    d.drain();
    const std::string accepted =
        R"({"type":"streamAck","streamId":"s","expectedSequenceId":)" + std::to_string(with_data ? 2 : 1) + "}";
    if (with_data) {
        CHECK(d.count<stream_closed>() == 0);
        d.receive(accepted);
    }
    const std::string end = R"({"type":"streamEnd","streamId":"s")";
    REQUIRE_FALSE(d.sent.empty());
    CHECK(d.take_sent().back().starts_with(end));
    CHECK(d.count<stream_closed>() == 0);
    d.receive(accepted);
    d.wait(10s);
    CHECK(d.count<stream_closed>() == 0);
    CHECK(d.c.open_streams() == 1);
    const std::string closed = R"({"type":"streamClosed","streamId":"s")";
    auto status = stream_status::ended;
    SECTION("well") { d.receive(closed + "}"); }
    SECTION("after a recovery, on which it is sent again") {
        d.recover();
        REQUIRE(d.sent.size() == 1);
        CHECK(d.sent.back().starts_with(end));
        CHECK(d.count<stream_closed>() == 0);
        d.receive(closed + "}");
    }
    SECTION("not well, although it was sent") {
        d.receive(closed + R"(,"error":{"name":"InternalServerError","message":"m"}})");
        status = stream_status::failed;
    }
    SECTION("with its connection") {
        d.closed(close_code::policy_violation);
        status = stream_status::lost;
    }
    REQUIRE(d.count<stream_closed>() == 1);
    CHECK(d.take<stream_closed>()->status == status);
    CHECK(d.c.open_streams() == 0);
}

TEST_CASE("defect j: how a connection ended is told, wherever it ended") {
    auto d = reliable_client();
    d.start();
    d.opened();
    d.closed(4001, "first");
    const auto failed = d.take<connect_failed>();
    REQUIRE(failed);
    CHECK(failed->code == 4001);
    CHECK(failed->reason == "first");
    d.wait(1s);
    d.connect();
    d.closed(4002, "second");
    const auto lost = d.take<recovering>();
    REQUIRE(lost);
    CHECK(lost->code == 4002);
    CHECK(lost->reason == "second");
    d.opened();
    d.closed(close_code::policy_violation, "third");
    const auto gone = d.take<disconnected>();
    REQUIRE(gone);
    CHECK(gone->code == close_code::policy_violation);
    CHECK(gone->reason == "third");
}

TEST_CASE("defect k: a URL whose token has expired is used for nothing") {
    auto d = reliable_client(calm_options());
    d.start();
    REQUIRE(d.provide(d.take<need_url>()->request, "wss://example.test/?access_token=old", 60min));
    d.connect();
    for (int i = 0; i < 60; ++i) {
        d.wait(1min);
        d.receive(pong);
    }
    d.forget();
    SECTION("not for a recovery") { d.closed(); }
    SECTION("not for a new connection") { d.closed(close_code::policy_violation); }
    CHECK(d.count<open_transport>() == 0);
    const auto asked = d.take<need_url>();
    REQUIRE(asked);
    REQUIRE(d.provide(asked->request, "wss://example.test/?access_token=new"));
    const auto open = d.take<open_transport>();
    REQUIRE(open);
    CHECK(open->url.starts_with("wss://example.test/?access_token=new"));
}

TEST_CASE("defect l: a service that accepts and closes is not asked again at once") {
    const bool reliable = GENERATE(true, false);
    auto d = reliable ? reliable_client() : plain_client();
    d.start();
    std::size_t opened = 0;
    const auto end = d.now + 2s;
    while (d.now < end) {
        while (d.take<open_transport>()) {
            REQUIRE(++opened < 100);
            d.opened();
            d.receive(d.connected_frame("c1", reliable ? "t1" : ""));
            d.closed(close_code::internal_error);
        }
        d.wait(1ms);
    }
    // The first, one recovery at once, then one a second.
    CHECK(opened >= 2);
    CHECK(opened <= 4);
}

TEST_CASE("defect m: a rejoin that is never answered holds nothing back") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.join_group(d.now, "g"));
    d.drain();
    d.receive(ack(1));
    d.forget();
    d.replace("c2");
    CHECK(d.count<connected>() == 1);
    d.take_sent();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.drain();
    CHECK(d.take_sent().size() == 1);
    d.receive(ack(3));
    CHECK(d.take<request_completed>()->status == request_status::succeeded);
    d.receive(group_text(1, "x"));
    CHECK(d.count<group_message>() == 1);
}

TEST_CASE("defect n: ids are exact beyond 2^53") {
    auto d = reliable_client();
    d.connect();
    d.forget();
    d.receive(group_text(9007199254740992, "a"));
    d.receive(group_text(9007199254740993, "b"));
    CHECK(d.count<group_message>() == 2);
    CHECK(d.c.counters().duplicates_dropped == 0);
    d.receive(group_text(9007199254740993, "b"));
    CHECK(d.c.counters().duplicates_dropped == 1);
    d.take_sent();
    d.receive(group_text(18446744073709551615u, "c"));
    d.wait(1s);
    CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":18446744073709551615})"});
}
