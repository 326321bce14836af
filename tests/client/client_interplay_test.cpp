// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

#include <string>

// Two features at once, where each by itself is as it should be.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

void join(client_driver& d, std::string_view group) {
    const auto id = d.c.join_group(d.now, group);
    REQUIRE(id);
    d.drain();
    d.receive(ack(*id));
    REQUIRE(d.take<request_completed>()->status == request_status::succeeded);
    d.take_sent();
}

/// The transport is lost, and the next one is asked for.
void lose(client_driver& d, std::uint16_t code) {
    d.orders.clear();
    d.closed(code);
    for (int i = 0; i < 600 && d.count<open_transport>() == 0; ++i) d.wait(100ms);
    REQUIRE(d.count<open_transport>() == 1);
}

/// The ack id of a written frame.
std::uint64_t id_of(const std::string& frame) { return std::stoull(frame.substr(frame.find(R"("ackId":)") + 8)); }

} // namespace

TEST_CASE("an application that is slow does not cost its transport, although nothing is read meanwhile") {
    auto options = with_url();
    options.events.max_count = 8;
    auto d = reliable_client(options);
    d.connect();
    std::uint64_t id = 0;
    // The application takes no events from here on.
    while (d.c.wants_input()) {
        REQUIRE(d.c.handle_frame(d.now, d.transport.transport, frame_kind::text, group_text(++id, "x")));
    }
    const auto is_pause = [](const auto& order) { return order && holds_alternative<pause_reading>(*order); };
    CHECK(is_pause(d.c.poll_order()));
    const auto end = d.now + 1h;
    for (auto next = d.c.poll_timeout(); next && *next <= end; next = d.c.poll_timeout()) {
        d.now = *next;
        d.c.handle_timeout(d.now);
        CHECK_FALSE(d.c.poll_order());
        while (const auto message = d.c.poll_transmit()) d.c.handle_written(d.now, message->transport);
    }
    CHECK(d.c.state() == client_state::connected);
    d.drain();
    CHECK(d.count<resume_reading>() == 1);
    CHECK(d.count<group_message>() == id);
    d.wait(100s);
    d.receive(pong);
    CHECK(d.c.state() == client_state::connected);
    CHECK(d.count<close_transport>() == 0);
}

TEST_CASE("a suspension beside a request whose own time was next leaves time to read the answer") {
    auto options = with_url();
    options.requests.timeout = 10s;
    options.keep_alive.interval = 1min;
    auto d = reliable_client(options);
    d.connect();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.drain();
    d.now += 1h;
    SECTION("the timer is served first") { d.c.handle_timeout(d.now); }
    SECTION("the answer is") {}
    d.drain();
    d.receive(ack(1));
    CHECK(d.take<request_completed>()->status == request_status::succeeded);
    CHECK(d.c.state() == client_state::connected);
}

TEST_CASE("a suspension of a client that sends no pings leaves time to read what keeps it alive") {
    auto options = with_url();
    options.keep_alive.interval.reset();
    auto d = reliable_client(options);
    d.connect();
    d.wait(10s);
    d.now += 1h;
    d.c.handle_timeout(d.now);
    d.drain();
    CHECK(d.c.state() == client_state::connected);
    CHECK(d.pings == 0);
    d.receive(group_text(1, "x"));
    d.wait(1min);
    CHECK(d.c.state() == client_state::connected);
    CHECK(d.count<close_transport>() == 0);
}

TEST_CASE("a join that breaks each new connection behind the rejoin of another group is given up") {
    auto d = plain_client();
    d.connect("c1", "");
    join(d, "good");
    REQUIRE(d.c.join_group(d.now, "poison"));
    d.drain();
    std::size_t writings = 0;
    for (int turn = 0; turn < 100 && d.c.pending_requests() != 0; ++turn) {
        // Everything is answered in its order, until the poison comes.
        for (const auto& frame : d.take_sent()) {
            if (frame.find("poison") == std::string::npos) {
                d.receive(ack(id_of(frame)));
                continue;
            }
            ++writings;
            lose(d, close_code::abnormal);
            d.opened();
            d.receive(d.connected_frame("c" + std::to_string(writings + 1), ""));
            break;
        }
    }
    CHECK(writings == 5);
    CHECK(d.take<request_completed>()->status == request_status::outcome_unknown);
    CHECK(d.c.is_in_group("good"));
    CHECK_FALSE(d.c.is_in_group("poison"));
}

TEST_CASE("a rejoin that rests when its connection is replaced is the first on the next one") {
    auto options = with_url();
    options.requests.retry_delays = {20s, 30s, 0.0};
    auto d = reliable_client(options);
    d.connect();
    join(d, "g");
    d.replace("c2");
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"g","ackId":2})"});
    d.receive(nack(2, "InternalServerError"));
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    lose(d, close_code::policy_violation);
    d.opened();
    d.receive(d.connected_frame("c3", "t3"));
    const auto sent = d.take_sent();
    REQUIRE_FALSE(sent.empty());
    CHECK(sent[0] == R"({"type":"joinGroup","group":"g","ackId":2})");
}

TEST_CASE("a retry from an earlier connection does not overtake rejoins that a lost transport has held up") {
    auto options = with_url();
    options.window.messages = 1;
    auto d = reliable_client(options);
    d.connect();
    join(d, "a");
    join(d, "b");
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.drain();
    d.receive(nack(3, "InternalServerError"));
    lose(d, close_code::policy_violation);
    // Of the new connection's first messages only one leaves before its transport is lost.
    d.take_sent();
    d.writes_complete = false;
    d.opened();
    d.receive(d.connected_frame("c2", "t2"));
    d.wait(5s);
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"a","ackId":4})"});
    lose(d, close_code::abnormal);
    d.writes_complete = true;
    d.opened();
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"a","ackId":4})"});
    d.receive(d.connected_frame("c2", "t2"));
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"b","ackId":5})",
                                   R"({"type":"event","event":"e","ackId":3,"dataType":"text","data":"x"})"});
}

TEST_CASE("a stop beside a rejoin without an answer tells of no failed rejoin") {
    auto d = reliable_client();
    d.connect();
    join(d, "g");
    d.replace("c2");
    d.stop();
    CHECK(d.count<rejoin_failed>() == 0);
    CHECK(holds_alternative<stopped>(d.events.back()));
}

TEST_CASE("frames of the client's own are written however short the limit for others is") {
    auto options = with_url();
    options.frames.max_sent_size = std::string(R"({"type":"joinGroup","group":"g","ackId":9})").size();
    auto d = reliable_client(options);
    d.connect();
    for (int i = 0; i < 9; ++i) join(d, "g");
    // One more digit has no room.
    CHECK(d.c.join_group(d.now, "g").error().code == errc::frame_too_large);
    d.receive(group_text(1, "x"));
    d.wait(1s);
    CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":1})"});
    d.replace("c2");
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"g","ackId":10})"});
}

TEST_CASE("sixty cuts in a row end no event whose handler is slow, as long as the service shows that it has read it") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.send_event(d.now, "slow", text_payload("x")));
    d.drain();
    for (int cut = 0; cut < 60; ++cut) {
        // A ping behind the event is answered, the event is not.
        d.pings = 0;
        while (d.pings == 0) d.wait(1s);
        d.receive(pong);
        lose(d, close_code::abnormal);
        d.opened();
        d.receive(d.connected_frame("c1", "t1"));
        d.receive(pong);
        CHECK(d.take_sent().size() >= 1);
        REQUIRE(d.count<request_completed>() == 0);
    }
    d.receive(ack(1));
    CHECK(d.take<request_completed>()->status == request_status::succeeded);
}
