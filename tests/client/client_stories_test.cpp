// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "client/cut_driver.hpp"
#include "support/client_driver.hpp"

#include <set>

// What befalls clients in the course of hours, in virtual time, and what if their transport breaks at any step of it.
// How they end is in client_stop_stories_test.cpp.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

bool is_recovery(const open_transport& open) { return open.url.find("awps_connection_id=") != std::string::npos; }

/// A group `g` that is joined again, and the frames so far forgotten.
void join(cut_driver& d) {
    const auto id = d.c.join_group(d.now, "g").value();
    d.drain();
    d.receive(ack(id));
    REQUIRE(d.take<request_completed>()->status == request_status::succeeded);
    d.take_sent();
}

} // namespace

TEST_CASE("a token expires between two attempts to recover") {
    auto d = reliable_client(calm_options());
    d.start();
    REQUIRE(d.provide(d.take<need_url>()->request, "wss://example.test/?access_token=one", 60s));
    d.connect();
    d.wait(21s);
    d.forget();
    d.closed();
    // 30 s before its end the URL is no longer used: after 9 s of failures.
    std::size_t attempts = 0;
    while (auto open = d.take<open_transport>()) {
        ++attempts;
        CHECK(open->url.starts_with("wss://example.test/?access_token=one&awps_connection_id=c1"));
        d.open_failed(502);
        d.wait(1s);
    }
    CHECK(attempts == 9);
    auto asked = d.take<need_url>();
    REQUIRE(asked);
    CHECK(asked->purpose == connect_purpose::recovery);
    CHECK(asked->refused_status == 0);
    // There is none at first, and the attempt has failed.
    d.c.fail_url(d.now, asked->request);
    d.drain();
    d.wait(1s);
    const auto again = d.take<need_url>();
    REQUIRE(again);
    REQUIRE(d.provide(asked->request, "wss://example.test/?access_token=late", 60s));
    CHECK(d.count<open_transport>() == 0);
    d.wait(5s);
    REQUIRE(d.provide(again->request, "wss://example.test/?access_token=two", 60s));
    const auto open = d.take<open_transport>();
    REQUIRE(open);
    CHECK(open->url.starts_with("wss://example.test/?access_token=two&awps_connection_id=c1"));
    d.opened();
    d.receive(pong);
    CHECK(d.count<recovered>() == 1);
    CHECK(d.count<disconnected>() == 0);
}

TEST_CASE("a day of keep-alive on a quiet connection with a message an hour") {
    cut_driver d(reliable_client());
    d.connect();
    d.forget();
    std::size_t pings = 0;
    std::size_t acks = 0;
    for (std::uint64_t hour = 1; hour <= 24; ++hour) {
        d.receive(group_text(hour, "on the hour"));
        const auto end = d.now + 1h;
        while (d.now < end) {
            d.wait(1s);
            for (const auto& frame : d.take_sent()) {
                CHECK(frame == R"({"type":"sequenceAck","sequenceId":)" + std::to_string(hour) + "}");
                ++acks;
            }
            if (std::exchange(d.pings, 0) != 0) {
                ++pings;
                // The answer is slow, but comes.
                d.wait(9s);
                d.receive(pong);
            }
        }
    }
    CHECK(pings == 24 * 60 * 4);
    CHECK(acks == 24);
    CHECK(d.count<group_message>() == 24);
    CHECK(d.events.size() == 24);
    CHECK(d.cuts > 500);
    CHECK(d.c.counters().connections == 1);
    CHECK(d.c.counters().recoveries == 0);
}

TEST_CASE("an hour of a service that accepts and closes") {
    auto options = with_url();
    options.connect.delays.jitter = 0;
    const std::string service = GENERATE("closes at once", "closes after connected", "refuses each recovery");
    CAPTURE(service);
    cut_driver d(reliable_client(options));
    d.start();
    std::size_t fresh = 0;
    std::size_t recoveries = 0;
    std::size_t downs = 0;
    const auto end = d.now + 1h;
    while (d.now < end) {
        while (const auto open = d.take<open_transport>()) {
            ++(is_recovery(*open) ? recoveries : fresh);
            REQUIRE(recoveries + fresh < 1000);
            d.opened();
            if (service == "closes at once") {
                d.closed(close_code::internal_error);
            } else if (service == "closes after connected") {
                d.receive(d.connected_frame("c" + std::to_string(fresh), "t"));
                d.closed(close_code::normal);
            } else if (is_recovery(*open)) {
                d.closed(close_code::policy_violation);
            } else {
                d.receive(d.connected_frame("c" + std::to_string(fresh), "t"));
                d.closed();
            }
        }
        downs += d.count<disconnected>();
        d.forget();
        d.wait(1s);
    }
    // 1 + 2 + 4 + 8 + 16 s, then 30 s each.
    CHECK(fresh >= 120);
    CHECK(fresh <= 125);
    CHECK(recoveries == (service == "refuses each recovery" ? fresh : 0));
    CHECK(downs == (service == "closes at once" ? 0 : fresh));
}

TEST_CASE("a recovery that is refused at one of its steps") {
    cut_driver d(reliable_client());
    d.connect();
    join(d);
    d.wait(5s);
    d.forget();
    d.closed();
    std::uint16_t code = close_code::policy_violation;
    SECTION("by the handshake's answer it is not: that may pass") {
        const auto status = GENERATE(0u, 400u, 404u, 429u, 500u, 503u);
        for (int i = 0; i < 30; ++i) {
            CHECK(d.c.state() == client_state::recovering);
            CHECK(d.take<open_transport>().has_value());
            d.open_failed(status);
            d.wait(1s);
        }
        // Until the window is over.
        code = close_code::abnormal;
    }
    SECTION("after the handshake") {
        d.opened();
        d.closed(code);
        CHECK(d.count<recovered>() == 0);
    }
    SECTION("after some failures") {
        d.open_failed(503);
        d.wait(1s);
        d.opened();
        d.closed();
        d.wait(1s);
        d.opened();
        d.closed(code);
        CHECK(d.count<recovered>() == 0);
        CHECK(d.count<connect_failed>() == 2);
    }
    SECTION("after the first frame") {
        d.opened();
        d.receive(pong);
        d.closed(code);
        CHECK(d.count<recovered>() == 1);
    }
    SECTION("while it waits for a sign of life") {
        d.opened();
        d.wait(1s);
        d.closed(code);
        CHECK(d.count<recovered>() == 0);
    }
    SECTION("by another connection in its place") {
        d.opened();
        d.receive(d.connected_frame("c2", "t2"));
        CHECK(d.take<disconnected>()->connection_id == "c1");
        CHECK(d.take<connected>()->connection_id == "c2");
        CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"g","ackId":2})"});
        CHECK(d.count<disconnected>() == 0);
        return;
    }
    const auto gone = d.take<disconnected>();
    REQUIRE(gone);
    CHECK(gone->connection_id == "c1");
    CHECK(gone->code == code);
    CHECK(d.c.state() == client_state::connecting);
    CHECK_FALSE(is_recovery(d.transport));
    d.take_sent();
    d.connect("c2", "t2");
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"g","ackId":2})"});
    CHECK(d.count<disconnected>() == 0);
}

TEST_CASE("a thousand requests wait for their acks when the link drops") {
    cut_driver d(reliable_client());
    d.connect();
    d.wait(5s);
    for (std::uint64_t id = 1; id <= 1000; ++id) {
        REQUIRE(d.c.send_to_group(d.now, "g", text_payload(std::to_string(id)), {id * 7}).value() == ack_id{id});
        d.drain();
    }
    CHECK(d.c.send_to_group(d.now, "g", text_payload("x")).error().code == errc::too_many_pending);
    const auto first = d.take_sent();
    REQUIRE(first.size() == 1000);
    d.forget();
    SECTION("they are sent again as they were, in their order") {
        d.closed();
        d.opened();
        CHECK(d.take_sent() == first);
        // Of every second one the service knows already.
        for (std::uint64_t id = 1; id <= 1000; ++id) d.receive(id % 2 == 0 ? nack(id, "Duplicate") : ack(id));
        std::set<ack_id> ids;
        while (const auto outcome = d.take<request_completed>()) {
            CHECK(ids.insert(outcome->ack_id).second);
            CHECK(outcome->tag == number_of(outcome->ack_id) * 7);
            CHECK(outcome->status == request_status::succeeded);
            CHECK(outcome->duplicate == (number_of(outcome->ack_id) % 2 == 0));
        }
        CHECK(ids.size() == 1000);
        CHECK(d.c.counters().unmatched_acks == 0);
    }
    SECTION("on another connection they are not sent") {
        d.closed(close_code::policy_violation);
        d.opened();
        d.receive(d.connected_frame("c2", "t2"));
        CHECK(d.take_sent().empty());
        CHECK(d.count<request_completed>() == 1000);
        while (const auto outcome = d.take<request_completed>()) {
            CHECK(outcome->status == request_status::outcome_unknown);
        }
    }
    CHECK(d.c.pending_requests() == 0);
    CHECK(d.c.send_to_group(d.now, "g", text_payload("x")).value() == ack_id{1001});
}

TEST_CASE("a rejoin is not answered for an hour") {
    auto options = with_url();
    options.requests.timeout.reset();
    cut_driver d(reliable_client(options));
    d.connect();
    join(d);
    d.replace("c2");
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"g","ackId":2})"});
    d.forget();
    for (std::uint64_t minute = 1; minute <= 60; ++minute) {
        d.wait(1min);
        const auto id = d.c.send_event(d.now, "e", text_payload("x")).value();
        d.drain();
        d.receive(ack(id));
        d.receive(group_text(minute, "x"));
        d.receive(pong);
    }
    CHECK(d.count<request_completed>() == 60);
    CHECK(d.count<group_message>() == 60);
    CHECK(d.events.size() == 120);
    CHECK(d.c.is_in_group("g"));
    d.take_sent();
    SECTION("a recovery asks again, and the answer may come then") {
        d.recover("c2", "t2");
        CHECK(d.take_sent() ==
              strings{R"({"type":"sequenceAck","sequenceId":60})", R"({"type":"joinGroup","group":"g","ackId":2})"});
        d.forget();
        d.receive(nack(2, "Duplicate"));
        CHECK(d.events.empty());
        CHECK(d.c.pending_requests() == 0);
        CHECK(d.c.is_in_group("g"));
    }
    SECTION("a leave needs no answer to it") {
        REQUIRE(d.c.leave_group(d.now, "g"));
        d.drain();
        CHECK(d.take_sent().size() == 1);
        d.receive(ack(2));
        CHECK(d.c.groups().empty());
    }
    SECTION("another connection is asked again, by the same request") {
        d.replace("c3", "t3");
        CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"g","ackId":2})"});
    }
}
