// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("a request without an answer ends after a time, if that is asked for") {
    auto options = with_url();
    options.requests.timeout = 10s;
    auto d = reliable_client(options);
    d.start();
    // The time counts from its writing.
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.wait(20s);
    CHECK(d.count<request_completed>() == 0);
    d.connect();
    d.wait(9s);
    CHECK(d.count<request_completed>() == 0);
    d.wait(1s);
    CHECK(d.take<request_completed>()->status == request_status::outcome_unknown);
    CHECK(d.c.pending_requests() == 0);
    d.receive(ack(1));
    CHECK(d.c.counters().unmatched_acks == 1);
}

TEST_CASE(
    "a rejoin without an answer is told of after a time, if that is asked for, and tried on the next connection") {
    auto options = with_url();
    options.requests.timeout = 10s;
    auto d = plain_client(options);
    d.connect();
    REQUIRE(d.c.join_group(d.now, "a"));
    d.drain();
    d.receive(ack(1));
    d.replace("c2");
    d.wait(10s);
    const auto failed = d.take<rejoin_failed>();
    REQUIRE(failed);
    CHECK(failed->group == "a");
    CHECK(failed->error.name == "Timeout");
    d.take_sent();
    d.replace("c3");
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"a","ackId":3})"});
}

TEST_CASE("a recovery that comes to nothing tells of the loss that it was to repair") {
    auto d = reliable_client();
    d.connect();
    d.closed(1011, "gone");
    SECTION("when its last attempt hangs") { d.wait(30s); }
    SECTION("when its attempts fail") {
        while (d.c.state() == client_state::recovering) {
            d.open_failed(503);
            d.wait(1s);
        }
    }
    const auto lost = d.take<disconnected>();
    REQUIRE(lost);
    CHECK(lost->code == 1011);
    CHECK(lost->reason == "gone");
    CHECK(d.c.state() == client_state::connecting);
}

TEST_CASE("no attempt to recover begins when the window is over") {
    auto options = with_url();
    options.recovery.delays = {10s, 10s, 0.0};
    auto d = reliable_client(options);
    d.connect();
    d.closed();
    std::vector<std::optional<duration>> pauses;
    for (int i = 0; i < 3; ++i) {
        d.open_failed(503);
        pauses.push_back(d.take<connect_failed>()->retry_in);
        d.wait(9999ms);
        CHECK(d.c.state() == client_state::recovering);
        d.wait(1ms);
    }
    CHECK(pauses == std::vector<std::optional<duration>>{10s, 10s, std::nullopt});
    CHECK(d.count<disconnected>() == 1);
}

TEST_CASE("an attempt that takes too long has the code of a lost transport only if one was open") {
    for (const bool open : {false, true}) {
        auto d = plain_client();
        d.start();
        if (open) d.opened();
        d.wait(30s);
        CHECK(d.take<connect_failed>()->code == (open ? close_code::abnormal : 0));
    }
}
