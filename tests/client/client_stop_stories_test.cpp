// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "client/client_promises.hpp"
#include "client/cut_driver.hpp"
#include "support/client_driver.hpp"

#include <algorithm>

// Stories of slow transports, of services that go and come back, and of clients that are stopped in the midst of
// things.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

/// A life of a client with all that it may do. It is stopped when its `last`th event or order is taken.
struct life {
    explicit life(std::size_t the_last) : last(the_last), c(reliable_json_codec(), 1, options()) {}

    static client_options options() {
        auto chosen = calm_options();
        chosen.events.report_states = true;
        chosen.invocations.timeout = 1min;
        return chosen;
    }

    std::size_t last;
    client c;
    steady_time now{1h};
    std::size_t told = 0;
    transport_id transport{};
    client_promises promises;

    /// The loop, with an application and a transport that may call `stop` while there are events and orders left.
    void drain() {
        for (;;) {
            if (const auto order = c.poll_order()) {
                promises.take(*order);
                if (const auto* open = get_if<open_transport>(&*order)) transport = open->transport;
                if (++told == last) c.stop(now);
            } else if (const auto event = c.poll_event()) {
                promises.take(*event);
                if (++told == last) c.stop(now);
            } else if (const auto message = c.poll_transmit()) {
                c.handle_written(now, message->transport);
            } else if (const auto due = c.poll_timeout(); due && *due <= now) {
                c.handle_timeout(now);
            } else {
                return;
            }
        }
    }

    void wait(duration time) {
        const auto end = now + time;
        for (auto next = c.poll_timeout(); next && *next <= end; next = c.poll_timeout()) {
            now = std::max(now, *next);
            c.handle_timeout(now);
            drain();
        }
        now = end;
    }
    void provide() {
        CHECK(c.provide_url(now, promises.url_request(), "wss://example.test/", 1h));
        drain();
    }
    void opened() {
        c.handle_opened(now, transport, "json.reliable.webpubsub.azure.v1");
        drain();
    }
    void closed(std::uint16_t code) {
        promises.transport_lost();
        c.handle_closed(now, transport, code, "");
        drain();
    }
    void open_failed() {
        promises.transport_lost();
        c.handle_open_failed(now, transport, {503});
        drain();
    }
    void receive(std::string_view frame) {
        REQUIRE(c.handle_frame(now, transport, frame_kind::text, frame));
        drain();
    }
    void ask_for_everything() {
        promises.begin_request(c.join_group(now, "g"));
        promises.begin_request(c.send_event(now, "e", text_payload("x")));
        promises.begin_request(c.subscribe_group_state(now, "g"));
        promises.begin_invocation(c.invoke(now, "e", text_payload("x")));
        promises.begin_stream(c.open_stream(now, "g"));
        drain();
    }

    void run() {
        REQUIRE(c.start(now));
        drain();
        provide();
        open_failed();
        wait(1s);
        ask_for_everything();
        provide();
        opened();
        receive(client_driver::connected_frame("c1", "t1"));
        ask_for_everything();
        receive(ack(1));
        receive(group_text(1, "x"));
        receive("{");
        closed(1006);
        ask_for_everything();
        open_failed();
        wait(1s);
        opened();
        receive(R"({"type":"pong"})");
        ask_for_everything();
        closed(1006);
        wait(1s);
        opened();
        closed(1008);
        wait(30s);
        provide();
        opened();
        receive(client_driver::connected_frame("c2", "t2"));
        ask_for_everything();
        wait(2min);
        c.stop(now);
        drain();
    }
};

} // namespace

TEST_CASE("a stop from within each event of a long life") {
    std::size_t events = 0;
    {
        life whole(0);
        whole.run();
        events = whole.told;
    }
    CHECK(events > 50);
    for (std::size_t last = 1; last <= events; ++last) {
        CAPTURE(last);
        life l(last);
        l.run();
        l.promises.check_stopped(l.c);
        CHECK_FALSE(l.c.poll_transmit());
    }
}

TEST_CASE("a transport takes a second for each message, and the queue is full") {
    auto options = one_write_at_a_time();
    options.requests.max_pending = 50;
    cut_driver d(reliable_client(options));
    d.connect();
    d.writes_complete = false;
    d.forget();
    std::size_t accepted = 0;
    std::size_t refused = 0;
    std::size_t pings = 0;
    std::uint64_t sequence_id = 0;
    std::uint64_t confirmed = 0;
    // The application wants two messages a second.
    for (int second = 0; second < 600; ++second) {
        for (int i = 0; i < 2; ++i) {
            const auto sent = d.c.send_to_group(d.now, "g", text_payload("x"));
            sent ? ++accepted : ++refused;
            if (!sent) CHECK(sent.error().code == errc::too_many_pending);
        }
        d.drain();
        if (second % 3 == 0) d.receive(group_text(++sequence_id, "x"));
        CHECK(d.sent.size() + d.pings <= 1);
        CHECK(d.c.pending_requests() <= 50);
        d.wait(1s);
        if (std::exchange(d.pings, 0) != 0) {
            ++pings;
            d.written();
            d.receive(pong);
            continue;
        }
        for (const auto& frame : d.take_sent()) {
            d.written();
            if (frame.starts_with(R"({"type":"sequenceAck")")) {
                confirmed = sequence_id;
            } else {
                const auto at = frame.find(R"("ackId":)") + 8;
                d.receive(ack(std::stoull(frame.substr(at))));
            }
        }
        // Neither confirmations nor pings wait for the queue.
        CHECK(sequence_id - confirmed <= 1);
    }
    CHECK(pings >= 38);
    CHECK(refused > 500);
    CHECK(accepted == d.count<request_completed>() + d.c.pending_requests());
    CHECK(d.c.state() == client_state::connected);
    // The rest goes when the transport is itself again.
    d.writes_complete = true;
    d.written();
    CHECK(d.c.pending_requests() > 40);
    CHECK(d.take_sent().size() >= d.c.pending_requests() - 1);
}

TEST_CASE("a message that is under way when the link drops is not lost, and its end is not mistaken for another's") {
    cut_driver d(reliable_client(one_write_at_a_time()));
    d.connect();
    d.writes_complete = false;
    REQUIRE(d.c.send_event(d.now, "e", text_payload("a")));
    REQUIRE(d.c.send_event(d.now, "e", text_payload("b")));
    d.drain();
    const auto under_way = d.take_sent();
    REQUIRE(under_way.size() == 1);
    const auto old = d.transport.transport;
    d.closed();
    d.opened();
    CHECK(d.pings == 1);
    CHECK(d.sent.empty());
    d.written();
    CHECK(d.take_sent() == under_way);
    // The old transport reports that its write is over.
    d.c.handle_written(d.now, old);
    d.drain();
    CHECK(d.sent.empty());
    d.written();
    // What was never written waits until the service has shown that the connection goes on.
    CHECK(d.sent.empty());
    d.receive(pong);
    CHECK(d.sent.size() == 1);
}

TEST_CASE("a service shuts down and returns") {
    cut_driver d(reliable_client());
    d.connect();
    REQUIRE(d.c.join_group(d.now, "g"));
    d.drain();
    d.receive(ack(1));
    d.wait(10s);
    d.receive(group_text(1, "before"));
    d.wait(1s);
    d.take_sent();
    d.forget();
    d.closed(close_code::going_away, "restart");
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("in between")));
    const auto message = std::string(
        R"({"type":"sendToGroup","group":"g","ackId":2,"noEcho":false,"dataType":"text","data":"in between"})");
    CHECK(d.take<recovering>()->reason == "restart");

    SECTION("within the recovery window, with its memory") {
        for (int i = 0; i < 10; ++i) {
            d.open_failed(503);
            d.wait(1s);
        }
        d.opened();
        CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":1})"});
        // It was never written before, so it waits until the recovery is confirmed.
        d.receive(group_text(2, "meanwhile"));
        CHECK(d.take_sent() == strings{message});
        d.receive(ack(2));
        CHECK(d.count<recovered>() == 1);
        CHECK(d.take<group_message>()->data.bytes == "meanwhile");
        CHECK(d.count<sequence_gap>() == 0);
        CHECK(d.count<disconnected>() == 0);
    }
    SECTION("within the window, without it") {
        d.open_failed(503);
        d.wait(1s);
        d.opened();
        // The request was not written, so the refusal does not harm it.
        CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":1})"});
        d.closed(close_code::policy_violation);
        CHECK(d.count<request_completed>() == 0);
        d.connect("c2", "t2");
        CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"g","ackId":3})", message});
    }
    SECTION("after the window") {
        for (int i = 0; i < 120 && d.c.state() != client_state::connected; ++i) {
            while (d.take<open_transport>()) {
                if (i < 90) {
                    d.open_failed(503);
                } else {
                    d.opened();
                    d.receive(d.connected_frame("c2", "t2"));
                }
            }
            d.wait(1s);
        }
        REQUIRE(d.c.connection_id() == "c2");
        CHECK(d.count<disconnected>() == 1);
        CHECK(d.take<disconnected>()->code == close_code::going_away);
        // The request was never written, so it is now, after the membership that it may need.
        CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"g","ackId":3})", message});
        d.receive(group_text(1, "after"));
        CHECK(d.take<group_message>()->data.bytes == "after");
        CHECK(d.count<sequence_gap>() == 0);
    }
}
