// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

#include <map>

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

std::string ack(ack_id id) { return R"({"type":"ack","ackId":)" + std::to_string(id) + R"(,"success":true})"; }

std::string nack(ack_id id, std::string_view name) {
    return R"({"type":"ack","ackId":)" + std::to_string(id) + R"(,"success":false,"error":{"name":")" +
           std::string(name) + R"(","message":"m"}})";
}

std::string group_text(std::uint64_t sequence_id, std::string_view text) {
    return R"({"sequenceId":)" + std::to_string(sequence_id) +
           R"(,"type":"message","from":"group","group":"g","dataType":"text","data":")" + std::string(text) + "\"}";
}

using strings = std::vector<std::string>;

} // namespace

TEST_CASE("a client connects, sends and hears the outcome") {
    auto d = reliable_client();
    d.start();
    const auto open = d.take<open_transport>();
    REQUIRE(open);
    CHECK(open->url == with_url().url);
    CHECK(open->subprotocol == "json.reliable.webpubsub.azure.v1");
    d.opened();
    CHECK(d.c.state() == client_state::connecting);
    CHECK(d.take_sent().empty());
    d.receive(d.connected_frame("c1", "t1"));
    const auto up = d.take<connected>();
    REQUIRE(up);
    CHECK(up->connection_id == "c1");
    CHECK(up->user_id == "u");

    CHECK(d.c.join_group(d.now, "g", {7}).value() == 1);
    CHECK(d.c.send_to_group(d.now, "g", text_payload("hi"), {8, true}).value() == 2);
    CHECK(d.c.send_event(d.now, "e", json_payload("[1]"), {9}).value() == 3);
    CHECK(d.c.leave_group(d.now, "g", {10}).value() == 4);
    d.drain();
    CHECK(d.take_sent() ==
          strings{R"({"type":"joinGroup","group":"g","ackId":1})",
                  R"({"type":"sendToGroup","group":"g","ackId":2,"noEcho":true,"dataType":"text","data":"hi"})",
                  R"({"type":"event","event":"e","ackId":3,"dataType":"json","data":[1]})",
                  R"({"type":"leaveGroup","group":"g","ackId":4})"});
    CHECK(d.c.pending_requests() == 4);
    d.receive(ack(2));
    const auto first = d.take<request_completed>();
    REQUIRE(first);
    CHECK(first->ack_id == 2);
    CHECK(first->tag == 8);
    CHECK(first->status == request_status::succeeded);
    CHECK_FALSE(first->duplicate);
    d.receive(nack(3, "Forbidden"));
    const auto second = d.take<request_completed>();
    REQUIRE(second);
    CHECK(second->tag == 9);
    CHECK(second->status == request_status::failed);
    CHECK(second->error == ack_error{"Forbidden", "m"});
    d.receive(ack(2));
    CHECK(d.c.counters().unmatched_acks == 1);
    CHECK(d.count<request_completed>() == 0);
}

TEST_CASE("messages from the group and from the server are events in their order") {
    auto d = reliable_client();
    d.connect();
    d.events.clear();
    d.receive(group_text(1, "a"));
    d.receive(R"({"sequenceId":2,"type":"message","from":"server","dataType":"json","data":{}})");
    REQUIRE(d.events.size() == 2);
    CHECK(std::get<group_message>(d.events[0]).data == text_payload("a"));
    CHECK(std::get<server_message>(d.events[1]).data == json_payload("{}"));
}

TEST_CASE("the same ackId is used on retry and after recovery") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("x")));
    d.drain();
    const auto frame = d.take_sent();
    d.receive(nack(1, "InternalServerError"));
    CHECK(d.count<request_completed>() == 0);
    d.wait(2s);
    CHECK(d.take_sent() == frame);
    d.closed();
    d.opened();
    CHECK(d.take_sent() == frame);
    d.receive(nack(1, "Duplicate"));
    const auto outcome = d.take<request_completed>();
    REQUIRE(outcome);
    CHECK(outcome->status == request_status::succeeded);
    CHECK(outcome->duplicate);
    CHECK_FALSE(outcome->may_be_duplicate);
}

TEST_CASE("permanent errors are not retried, transient ones are, as often as the options say") {
    const auto name = GENERATE(as<std::string>{}, "Forbidden", "BadRequest", "NotFound", "SomethingNew", "InternalServerError",
                               "Timeout");
    CAPTURE(name);
    auto options = with_url();
    options.requests.max_retries = 2;
    auto d = reliable_client(options);
    d.connect();
    REQUIRE(d.c.join_group(d.now, "g"));
    d.drain();
    const bool transient = name == "InternalServerError" || name == "Timeout";
    std::size_t tries = 0;
    for (int i = 0; i < 10 && d.count<request_completed>() == 0; ++i) {
        tries += d.take_sent().size();
        d.receive(nack(1, name));
        d.wait(10s);
        d.receive(R"({"type":"pong"})");
        std::erase_if(d.sent, [](const auto& frame) { return frame == R"({"type":"ping"})"; });
    }
    CHECK(tries == (transient ? 3 : 1));
    const auto outcome = d.take<request_completed>();
    REQUIRE(outcome);
    CHECK(outcome->status == request_status::failed);
    CHECK(outcome->error.name == name);
}

TEST_CASE("a lost transport is recovered with the connection's id and token") {
    auto d = reliable_client();
    d.connect("id/1", "to ken");
    d.receive(group_text(1, "a"));
    d.events.clear();
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

TEST_CASE("recovered comes after a second of silence, and a later refusal still replaces the connection") {
    auto d = reliable_client();
    d.connect();
    d.closed();
    d.opened();
    d.wait(999ms);
    CHECK(d.count<recovered>() == 0);
    d.wait(1ms);
    CHECK(d.count<recovered>() == 1);
    d.closed(close_code::policy_violation);
    CHECK(d.count<disconnected>() == 1);
    CHECK(d.c.state() == client_state::connecting);
}

TEST_CASE("a token that comes with the connected message of a recovery is the next one") {
    auto d = reliable_client();
    d.connect("c1", "t1");
    d.events.clear();
    d.closed();
    d.opened();
    d.receive(d.connected_frame("c1", "t2"));
    CHECK(d.count<recovered>() == 1);
    CHECK(d.count<connected>() == 0);
    d.events.clear();
    d.closed();
    d.wait(2s);
    CHECK(d.take<open_transport>()->url.find("awps_reconnection_token=t2") != std::string::npos);
}

TEST_CASE("recovery is tried every second for its window, then the connection is replaced") {
    auto d = reliable_client();
    d.connect();
    d.events.clear();
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

TEST_CASE("outcome_unknown: what was written on a replaced connection is not sent again") {
    auto d = reliable_client();
    d.connect();
    d.writes_complete = false;
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("written"), {1}));
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("queued"), {2}));
    d.drain();
    REQUIRE(d.sent.size() == 1);
    d.writes_complete = true;
    d.closed(close_code::policy_violation);
    const auto outcome = d.take<request_completed>();
    REQUIRE(outcome);
    CHECK(outcome->tag == 1);
    CHECK(outcome->status == request_status::outcome_unknown);
    CHECK(d.count<request_completed>() == 0);
    d.sent.clear();
    d.wait(2s);
    d.connect("c2", "t2");
    // What was never written is simply sent.
    CHECK(d.take_sent() ==
          strings{R"({"type":"sendToGroup","group":"g","ackId":2,"noEcho":false,"dataType":"text","data":"queued"})"});
    d.receive(ack(2));
    CHECK(d.take<request_completed>()->status == request_status::succeeded);
}

TEST_CASE("resending on a new connection is an option, and the outcome tells of it") {
    auto options = with_url();
    options.resend_on_new_connection = true;
    auto d = plain_client(options);
    d.connect("c1", "");
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("x")));
    d.drain();
    const auto frame = d.take_sent();
    SECTION("the answer on the new connection is the outcome") {
        d.closed();
        d.wait(2s);
        d.connect("c2", "");
        CHECK(d.take_sent() == frame);
        d.receive(ack(1));
        const auto outcome = d.take<request_completed>();
        REQUIRE(outcome);
        CHECK(outcome->status == request_status::succeeded);
        CHECK(outcome->may_be_duplicate);
    }
    SECTION("a frame that may have made the service close is never sent again") {
        d.closed(GENERATE(as<std::uint16_t>{}, 1003, 1007, 1009));
        CHECK(d.take<request_completed>()->status == request_status::outcome_unknown);
        d.wait(2s);
        d.connect("c2", "");
        CHECK(d.take_sent().empty());
    }
    SECTION("stopped before it was sent again, its outcome is still unknown") {
        d.closed();
        d.stop();
        const auto outcome = d.take<request_completed>();
        CHECK(outcome->status == request_status::outcome_unknown);
        CHECK(outcome->may_be_duplicate);
    }
}

TEST_CASE("groups are joined again on a new connection, before anything else is sent") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.join_group(d.now, "a"));
    REQUIRE(d.c.join_group(d.now, "b"));
    REQUIRE(d.c.join_group(d.now, "refused"));
    REQUIRE(d.c.join_group(d.now, "left"));
    d.drain();
    d.receive(ack(1));
    d.receive(ack(2));
    d.receive(nack(3, "Forbidden"));
    d.receive(ack(4));
    REQUIRE(d.c.leave_group(d.now, "left"));
    d.drain();
    d.receive(ack(5));
    CHECK(d.c.groups() == std::set<std::string, std::less<>>{"a", "b"});
    d.closed(close_code::normal);
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.sent.clear();
    d.events.clear();
    d.wait(2s);
    d.connect("c2", "t2");
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"a","ackId":7})",
                                   R"({"type":"joinGroup","group":"b","ackId":8})",
                                   R"({"type":"event","event":"e","ackId":6,"dataType":"text","data":"x"})"});
    SECTION("an unanswered rejoin holds nothing back") {
        CHECK(d.count<connected>() == 1);
        d.receive(ack(6));
        CHECK(d.take<request_completed>()->status == request_status::succeeded);
        d.receive(group_text(1, "x"));
        CHECK(d.count<group_message>() == 1);
    }
    SECTION("a refused rejoin is reported and given up") {
        d.receive(nack(7, "Forbidden"));
        d.receive(ack(8));
        const auto failed = d.take<rejoin_failed>();
        REQUIRE(failed);
        CHECK(failed->group == "a");
        CHECK(failed->error.name == "Forbidden");
        CHECK(d.c.groups() == std::set<std::string, std::less<>>{"b"});
        CHECK(d.count<request_completed>() == 0);
    }
    SECTION("a recovered connection has its groups still") {
        d.receive(ack(7));
        d.receive(ack(8));
        d.receive(ack(6));
        d.closed();
        d.wait(2s);
        d.opened();
        CHECK(d.take_sent().empty());
    }
}

TEST_CASE("a leave overtakes the joins before it") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.join_group(d.now, "g"));
    REQUIRE(d.c.leave_group(d.now, "g"));
    d.drain();
    d.receive(ack(1));
    CHECK(d.c.groups().empty());
    REQUIRE(d.c.join_group(d.now, "g"));
    d.drain();
    d.receive(ack(2));
    d.receive(ack(3));
    CHECK(d.c.groups().size() == 1);
}

TEST_CASE("a URL is asked again for each connection, and for recovery when its time is nearly up or it was refused") {
    client_options options;
    options.url_renewal_margin = 30s;
    auto d = reliable_client(options);
    d.start();
    auto asked = d.take<need_url>();
    REQUIRE(asked);
    CHECK(asked->purpose == connect_purpose::fresh);
    CHECK(asked->refused_status == 0);
    d.c.provide_url(d.now, asked->request + 1, "ws://stale/");
    d.drain();
    CHECK(d.count<open_transport>() == 0);
    d.c.provide_url(d.now, asked->request, "ws://one/", 60s);
    d.drain();
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
        d.c.provide_url(d.now, asked->request, "ws://two/?a=b");
        d.drain();
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
        d.wait(60s);
        CHECK(d.count<need_url>() == 1);
    }
}

TEST_CASE("a failed connect is retried with growing delays, or given up after so many attempts") {
    auto options = with_url();
    options.reconnect.jitter = 0;
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
        options.max_connect_attempts = 2;
        auto d = plain_client(options);
        d.start();
        REQUIRE(d.c.join_group(d.now, "g"));
        d.open_failed(503);
        d.wait(1s);
        d.open_failed(503);
        CHECK(d.c.state() == client_state::stopped);
        CHECK(d.take<request_completed>()->status == request_status::not_sent);
        CHECK(std::holds_alternative<stopped>(d.events.back()));
    }
    SECTION("reconnecting is an option") {
        options.auto_reconnect = false;
        auto d = plain_client(options);
        d.connect("c1", "");
        d.closed();
        CHECK(d.c.state() == client_state::stopped);
        CHECK(d.count<disconnected>() == 1);
        CHECK(std::holds_alternative<stopped>(d.events.back()));
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
        d.events.clear();
        d.wait(1s);
    }
    CHECK(opened >= 100);
    // An hour of recoveries is at most one a second; connects back off to one in 15 to 30 seconds.
    CHECK(opened <= (reliable && with_connected && (code == 1006 || code == 1011) ? 3700 : 300));
}

TEST_CASE("stop is final in every state") {
    const auto state = GENERATE(as<std::string>{}, "idle", "asking for a URL", "opening", "waiting for connected", "connected",
                                "recovering, waiting", "recovering, opening", "recovering, open", "waiting to reconnect");
    CAPTURE(state);
    auto d = reliable_client(state == "asking for a URL" ? client_options{} : with_url());
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
    d.events.clear();
    const auto last_transport = d.transport.transport;

    d.stop();
    CHECK(d.c.state() == client_state::stopped);
    CHECK(d.count<stopped>() == 1);
    CHECK(std::holds_alternative<stopped>(d.events.back()));
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

    d.events.clear();
    d.c.handle_opened(d.now, last_transport, "json.reliable.webpubsub.azure.v1");
    d.c.handle_open_failed(d.now, last_transport, 500);
    CHECK(d.c.handle_frame(d.now, last_transport, frame_kind::text, d.connected_frame("c9", "t9")));
    d.c.handle_written(d.now, last_transport);
    d.c.handle_closed(d.now, last_transport, 1006, "");
    d.c.provide_url(d.now, 1, "ws://x/");
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

TEST_CASE("connected comes before any data of a connection") {
    auto d = reliable_client();
    d.start();
    d.opened();
    d.receive(group_text(1, "early"));
    CHECK(d.count<group_message>() == 0);
    CHECK(d.take<protocol_error>()->error.code == errc::unexpected_message);
    d.receive(d.connected_frame("c1", "t1"));
    CHECK(d.count<connected>() == 1);
}

TEST_CASE("a handshake that never ends is given up") {
    auto d = reliable_client();
    d.start();
    SECTION("before it is open") {}
    SECTION("before connected") { d.opened(); }
    const auto first = d.transport.transport;
    d.events.clear();
    d.wait(30s);
    const auto close = d.take<close_transport>();
    REQUIRE(close);
    CHECK(close->transport == first);
    CHECK(d.count<connect_failed>() == 1);
    d.wait(2s);
    CHECK(d.transport.transport != first);
}

TEST_CASE("another subprotocol than the one asked for is refused") {
    auto d = reliable_client();
    d.start();
    const auto selected = GENERATE(as<std::string>{}, "", "json.webpubsub.azure.v1");
    d.opened(selected);
    CHECK(d.take<protocol_error>()->error.code == errc::wrong_subprotocol);
    CHECK(d.count<close_transport>() == 1);
    CHECK(d.count<connect_failed>() == 1);
    d.wait(2s);
    d.opened("JSON.Reliable.WebPubSub.Azure.v1");
    d.receive(d.connected_frame("c1", "t1"));
    CHECK(d.c.state() == client_state::connected);
}

TEST_CASE("a day of keep-alive: pings at their interval, and a dead transport is noticed") {
    auto d = reliable_client();
    d.connect();
    std::size_t pings = 0;
    for (int i = 0; i < 24 * 60 * 3; ++i) {
        d.wait(20s);
        for (const auto& frame : d.take_sent()) {
            CHECK(frame == R"({"type":"ping"})");
            ++pings;
        }
        d.receive(R"({"type":"pong"})");
    }
    CHECK(pings == 24 * 60 * 3);
    CHECK(d.c.state() == client_state::connected);
    d.events.clear();
    const auto first = d.transport.transport;
    d.wait(120s);
    const auto close = d.take<close_transport>();
    REQUIRE(close);
    CHECK(close->transport == first);
    CHECK(close->code == close_code::none);
    CHECK(d.c.state() == client_state::recovering);
}

TEST_CASE("received messages are acknowledged after a second, or at once when there are many") {
    auto d = reliable_client();
    d.connect();
    d.receive(group_text(1, "a"));
    d.receive(group_text(2, "b"));
    CHECK(d.take_sent().empty());
    d.wait(1s);
    CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":2})"});
    d.wait(10s);
    CHECK(d.take_sent().empty());
    SECTION("many messages") {
        for (std::uint64_t id = 3; id < 130; ++id) d.receive(group_text(id, "x"));
        CHECK(d.take_sent().empty());
        d.receive(group_text(130, "x"));
        CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":130})"});
    }
    SECTION("many bytes") {
        d.receive(group_text(3, std::string(600'000, 'x')));
        CHECK(d.take_sent().empty());
        d.receive(group_text(4, std::string(600'000, 'x')));
        CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":4})"});
    }
    SECTION("a duplicate is acknowledged again and dropped") {
        d.events.clear();
        d.receive(group_text(2, "b"));
        CHECK(d.events.empty());
        d.wait(1s);
        CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":2})"});
    }
}

TEST_CASE("a gap in the sequence ids is an event before the message behind it") {
    auto d = reliable_client();
    d.connect();
    d.receive(group_text(1, "a"));
    d.events.clear();
    d.receive(group_text(9007199254740993, "b"));
    REQUIRE(d.events.size() == 2);
    CHECK(std::get<sequence_gap>(d.events[0]).expected == 2);
    CHECK(std::get<sequence_gap>(d.events[0]).received == 9007199254740993);
    d.wait(1s);
    CHECK(d.sent.back() == R"({"type":"sequenceAck","sequenceId":9007199254740993})");
}

TEST_CASE("a malformed frame is an error event and the connection goes on") {
    auto d = reliable_client();
    d.connect();
    d.events.clear();
    d.receive("{");
    CHECK(d.take<protocol_error>()->error.code == errc::invalid_json);
    d.receive(R"({"type":"message","from":"group","group":"g","dataType":"text","data":5})");
    CHECK(d.take<protocol_error>()->error.code == errc::invalid_field);
    d.receive("x", frame_kind::binary);
    CHECK(d.take<protocol_error>()->error.code == errc::wrong_frame_kind);
    d.receive(std::string((1 << 20) + 1, ' '));
    CHECK(d.take<protocol_error>()->error.code == errc::frame_too_large);
    d.receive(group_text(1, "still there"));
    CHECK(d.count<group_message>() == 1);
    CHECK(d.count<close_transport>() == 0);
}

TEST_CASE("closing on a malformed frame is an option, and such a connection is not recovered") {
    auto options = with_url();
    options.close_on_malformed_frame = true;
    auto d = reliable_client(options);
    d.connect();
    d.receive("{");
    CHECK(d.take<close_transport>()->code == close_code::invalid_payload);
    CHECK(d.count<disconnected>() == 1);
    CHECK(d.c.state() == client_state::connecting);
}

TEST_CASE("an unknown kind of message is an event, and its sequence id counts") {
    auto d = reliable_client();
    d.connect();
    d.events.clear();
    d.receive(R"({"type":"groupStateUpdate","sequenceId":1,"group":"g","items":[]})");
    CHECK(d.take<unknown_message_received>()->type == "groupStateUpdate");
    d.receive(group_text(2, "x"));
    CHECK(d.count<sequence_gap>() == 0);
    d.receive(R"({"type":"groupStateUpdate","sequenceId":1,"group":"g","items":[]})");
    CHECK(d.count<unknown_message_received>() == 0);
}

TEST_CASE("a connected message of another id replaces the connection on the same transport") {
    auto d = reliable_client();
    d.connect("c1", "t1");
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.drain();
    d.events.clear();
    d.receive(d.connected_frame("c2", "t2"));
    REQUIRE(d.events.size() == 3);
    CHECK(std::get<disconnected>(d.events[0]).connection_id == "c1");
    CHECK(std::get<request_completed>(d.events[1]).status == request_status::outcome_unknown);
    CHECK(std::get<connected>(d.events[2]).connection_id == "c2");
    d.receive(group_text(1, "x"));
    CHECK(d.count<group_message>() == 1);
}

TEST_CASE("fire-and-forget has no ack id and no outcome, and needs a connection") {
    auto d = reliable_client();
    d.start();
    const message_options forget{0, false, true};
    CHECK(d.c.send_to_group(d.now, "g", text_payload("x"), forget).error().code == errc::not_connected);
    d.connect();
    CHECK(d.c.send_to_group(d.now, "g", text_payload("x"), forget).value() == 0);
    CHECK(d.c.send_event(d.now, "e", text_payload("y"), forget).value() == 0);
    d.drain();
    CHECK(d.take_sent() == strings{R"({"type":"sendToGroup","group":"g","noEcho":false,"dataType":"text","data":"x"})",
                                   R"({"type":"event","event":"e","dataType":"text","data":"y"})"});
    CHECK(d.c.pending_requests() == 0);
    d.closed();
    CHECK(d.c.send_to_group(d.now, "g", text_payload("x"), forget).error().code == errc::not_connected);
    d.stop();
    CHECK(d.count<request_completed>() == 0);
}

TEST_CASE("wrong use is an error value and changes nothing") {
    auto d = reliable_client();
    CHECK(d.c.join_group(d.now, "g").error().code == errc::not_started);
    d.start();
    CHECK(d.c.start(d.now).error().code == errc::already_started);
    CHECK(d.c.join_group(d.now, "").error().code == errc::invalid_group_name);
    CHECK(d.c.leave_group(d.now, " \t").error().code == errc::invalid_group_name);
    CHECK(d.c.send_to_group(d.now, std::string(1025, 'g'), text_payload("x")).error().code == errc::invalid_group_name);
    CHECK(d.c.send_event(d.now, "1st", text_payload("x")).error().code == errc::invalid_event_name);
    CHECK(d.c.send_event(d.now, "e", json_payload("{")).error().code == errc::invalid_payload);
    CHECK(d.c.send_event(d.now, "e", text_payload("\xff")).error().code == errc::invalid_payload);
    CHECK(d.c.send_frame(d.now, frame_kind::text, "x").error().code == errc::not_this_mode);
    CHECK(d.c.send_event(d.now, "e", text_payload(std::string(1 << 20, 'x'))).error().code == errc::frame_too_large);
    CHECK(d.c.pending_requests() == 0);
    CHECK(d.c.join_group(d.now, "g").value() == 1);
}

TEST_CASE("limits are errors, not memory") {
    auto options = with_url();
    options.requests.pending = 3;
    options.requests.bytes = 200;
    options.max_groups = 1;
    options.max_events = 4;
    auto d = reliable_client(options);
    d.connect();
    SECTION("requests") {
        for (int i = 0; i < 3; ++i) REQUIRE(d.c.join_group(d.now, "g"));
        CHECK(d.c.join_group(d.now, "g").error().code == errc::too_many_pending);
        d.drain();
        d.receive(ack(1));
        CHECK(d.c.join_group(d.now, "g"));
    }
    SECTION("bytes") {
        REQUIRE(d.c.send_event(d.now, "e", text_payload(std::string(100, 'x'))));
        CHECK(d.c.send_event(d.now, "e", text_payload(std::string(100, 'x'))).error().code == errc::queue_full);
    }
    SECTION("groups") {
        REQUIRE(d.c.join_group(d.now, "a"));
        d.drain();
        d.receive(ack(1));
        CHECK(d.c.join_group(d.now, "b").error().code == errc::too_many_groups);
        CHECK(d.c.join_group(d.now, "a"));
    }
    SECTION("events that nobody polls") {
        for (std::uint64_t id = 1; id <= 4; ++id) {
            REQUIRE(d.c.handle_frame(d.now, d.transport.transport, frame_kind::text, group_text(id, "x")));
        }
        const auto fifth = group_text(5, "fifth");
        CHECK(d.c.handle_frame(d.now, d.transport.transport, frame_kind::text, fifth).error().code ==
              errc::events_not_drained);
        d.drain();
        d.events.clear();
        d.receive(fifth);
        CHECK(d.take<group_message>()->data.bytes == "fifth");
        CHECK(d.count<sequence_gap>() == 0);
    }
}

TEST_CASE("no more requests are in flight than the service remembers") {
    auto options = with_url();
    options.requests.in_flight = 2;
    auto d = reliable_client(options);
    d.connect();
    for (int i = 0; i < 4; ++i) REQUIRE(d.c.join_group(d.now, "g"));
    d.drain();
    CHECK(d.take_sent().size() == 2);
    d.receive(ack(1));
    CHECK(d.take_sent().size() == 1);
    d.closed();
    d.opened();
    CHECK(d.take_sent().size() == 2);
    d.receive(nack(2, "Duplicate"));
    d.receive(ack(3));
    CHECK(d.take_sent().size() == 1);
    d.receive(ack(4));
    CHECK(d.c.pending_requests() == 0);
}

TEST_CASE("one write at a time") {
    auto d = reliable_client();
    d.connect();
    d.writes_complete = false;
    REQUIRE(d.c.join_group(d.now, "a"));
    REQUIRE(d.c.join_group(d.now, "b"));
    d.drain();
    d.drain();
    CHECK(d.sent.size() == 1);
    d.c.handle_written(d.now, d.transport.transport);
    d.drain();
    CHECK(d.sent.size() == 2);
}

TEST_CASE("what comes late from an old transport is ignored and counted") {
    auto d = reliable_client();
    d.connect();
    const auto old = d.transport.transport;
    d.closed();
    d.opened();
    d.receive(R"({"type":"pong"})");
    d.events.clear();
    CHECK(d.c.handle_frame(d.now, old, frame_kind::text, group_text(1, "late")));
    d.c.handle_closed(d.now, old, 1008, "");
    d.c.handle_written(d.now, old);
    d.c.handle_opened(d.now, old, "");
    d.c.handle_open_failed(d.now, old, 500);
    d.drain();
    CHECK(d.events.empty());
    CHECK(d.c.counters().late_inputs == 5);
    CHECK(d.c.state() == client_state::connected);
}

TEST_CASE("a raw client passes frames and reconnects") {
    client_driver d(client::raw("my.protocol", with_url()));
    d.start();
    CHECK(d.take<open_transport>()->subprotocol == "my.protocol");
    d.opened("my.protocol");
    CHECK(d.count<connected>() == 1);
    REQUIRE(d.c.send_frame(d.now, frame_kind::binary, "\xff"));
    d.drain();
    CHECK(d.take_sent() == strings{"\xff"});
    d.receive("{not json", frame_kind::text);
    const auto frame = d.take<frame_received>();
    REQUIRE(frame);
    CHECK(frame->bytes == "{not json");
    CHECK(frame->kind == frame_kind::text);
    CHECK(d.c.join_group(d.now, "g").error().code == errc::not_this_mode);
    d.wait(24h);
    CHECK(d.take_sent().empty());
    d.closed();
    CHECK(d.count<disconnected>() == 1);
    CHECK(d.count<open_transport>() == 1);
}

TEST_CASE("a copy of a client goes its own way") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.join_group(d.now, "g"));
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
