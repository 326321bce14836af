// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("a lost transport is recovered with the connection's id and token") {
    auto d = reliable_client();
    d.connect("id/1", "to ken");
    d.receive(group_text(1, "a"));
    d.forget();
    d.sent.clear();
    d.closed(close_code::going_away, "bye");
    REQUIRE(d.c.state() == client_state::recovering);
    const auto lost = d.take<recovering>();
    REQUIRE(lost);
    CHECK(lost->code == close_code::going_away);
    CHECK(lost->reason == "bye");
    const auto open = d.take<open_transport>();
    REQUIRE(open);
    CHECK(open->url == with_url().url + "&awps_connection_id=id%2F1&awps_reconnection_token=to%20ken");
    d.opened();
    // What was received is acknowledged right after the recovery.
    CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":1})"});
    CHECK(d.count<recovered>() == 0);
    d.receive(group_text(1, "a"));
    CHECK(d.count<recovered>() == 1);
    CHECK(d.count<group_message>() == 0);
    CHECK(d.c.counters().duplicates_dropped == 1);
    d.receive(group_text(2, "b"));
    CHECK(d.take<group_message>()->data.bytes == "b");
    CHECK(d.count<connected>() == 0);
    CHECK(d.count<disconnected>() == 0);
}

TEST_CASE("a recovery that is met by silence is a failed attempt, and a later refusal replaces the connection") {
    auto d = reliable_client();
    d.connect();
    d.closed();
    d.forget();
    d.opened();
    CHECK(d.pings == 1);
    d.wait(4999ms);
    CHECK(d.count<connect_failed>() == 0);
    d.wait(1ms);
    CHECK(d.take<connect_failed>()->code == close_code::abnormal);
    CHECK(d.take<close_transport>()->code == close_code::none);
    CHECK(d.count<recovered>() == 0);
    CHECK(d.c.state() == client_state::recovering);
    d.wait(1s);
    d.opened();
    d.closed(close_code::policy_violation);
    CHECK(d.count<recovered>() == 0);
    CHECK(d.count<disconnected>() == 1);
    CHECK(d.c.state() == client_state::connecting);
}

TEST_CASE("without pings silence after a recovery counts as success, and a later refusal replaces the connection") {
    auto options = with_url();
    options.keep_alive.interval.reset();
    auto d = reliable_client(options);
    d.connect();
    d.closed();
    d.opened();
    CHECK(d.pings == 0);
    d.wait(4999ms);
    CHECK(d.count<recovered>() == 0);
    d.wait(1ms);
    CHECK(d.count<recovered>() == 1);
    d.closed(close_code::policy_violation);
    CHECK(d.count<disconnected>() == 1);
    CHECK(d.c.state() == client_state::connecting);
}

TEST_CASE("while an event is unanswered, a recovery is confirmed as late as the window allows") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.drain();
    d.closed();
    d.opened();
    d.wait(29s);
    CHECK(d.count<connect_failed>() == 0);
    SECTION("with a pong") {
        d.receive(pong);
        CHECK(d.count<recovered>() == 1);
    }
    SECTION("or not at all") {
        d.wait(1s);
        CHECK(d.count<recovered>() == 0);
        CHECK(d.take<disconnected>()->code == close_code::abnormal);
        CHECK(d.c.state() == client_state::connecting);
    }
}

TEST_CASE("a token that comes with the connected message of a recovery is the next one") {
    auto d = reliable_client();
    d.connect("c1", "t1");
    d.forget();
    d.closed();
    d.opened();
    d.receive(d.connected_frame("c1", "t2"));
    CHECK(d.count<recovered>() == 1);
    CHECK(d.count<connected>() == 0);
    d.forget();
    d.closed();
    d.wait(2s);
    CHECK(d.take<open_transport>()->url.find("awps_reconnection_token=t2") != std::string::npos);
}

TEST_CASE("recovery is tried every second for its window, then the connection is replaced") {
    auto d = reliable_client();
    d.connect();
    d.forget();
    d.closed(4000, "lost");
    std::size_t attempts = 0;
    while (d.c.state() == client_state::recovering) {
        while (d.take<open_transport>()) {
            ++attempts;
            CHECK(d.transport.url.find("awps_connection_id") != std::string::npos);
            d.open_failed(502);
        }
        d.wait(1s);
    }
    CHECK(attempts == 30);
    CHECK(d.count<connect_failed>() == 30);
    const auto gone = d.take<disconnected>();
    REQUIRE(gone);
    CHECK(gone->connection_id == "c1");
    CHECK(gone->code == 4000);
    CHECK(gone->reason == "lost");
    d.wait(30s);
    CHECK(d.transport.url == with_url().url);
}
