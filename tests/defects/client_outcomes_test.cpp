// SPDX-License-Identifier: MIT
#include "defects/client_bench.hpp"

// Every request, invocation and question of a client has one outcome, and has it within a bound.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

/// The network always opens what is asked for, and the service greets with this id.
void always_open(client_bench& b, std::string id = "c1") {
    b.on_open = [&b, id] {
        b.opened();
        b.receive(connected_frame(id));
    };
}

/// The peer resets the connection whenever a frame of that summary comes, and answers everything else.
void break_at(client_bench& b, std::string poison) {
    b.on_frame = [&b, poison](const client_bench::written_frame& frame) {
        if (frame.transport != b.opens.size()) return;
        if (summary_of(frame.bytes) == poison) return b.closed();
        if (summary_of(frame.bytes) == "ping") return b.receive(R"({"type":"pong"})");
        if (const auto id = number_field(frame.bytes, "ackId"); id != 0) b.receive(ack(id));
    };
}

} // namespace

TEST_CASE("defect 8: a request that breaks its transport is given up, and its neighbours go on") {
    client_bench b;
    always_open(b);
    break_at(b, "event poison");
    REQUIRE(b.start());
    REQUIRE(b.is_connected());
    client_bench::request_id before, poison, after;
    b.in_one_go([&] {
        before = b.send("before");
        poison = b.send("poison");
        after = b.send("after");
    });
    b.pass(1h);
    CHECK(b.outcome(before) == "succeeded");
    CHECK(b.outcome(poison) == "outcome_unknown");
    CHECK(b.outcome(after) == "succeeded");
    CHECK(b.writings("event poison") <= 5);
    CHECK(b.count<recovered>() < 20);
}

TEST_CASE("defect 8: a join that breaks one connection after another is given up") {
    client_bench b(client_setup{.reliable = false});
    always_open(b);
    break_at(b, "joinGroup g");
    REQUIRE(b.start());
    REQUIRE(b.is_connected());
    const auto joined = b.join("g");
    const auto after = b.send("after");
    b.pass(1h);
    CHECK(b.outcome(joined) == "outcome_unknown");
    CHECK(b.writings("joinGroup g") <= 5);
    // What was written beside it may be lost with its connection, but has its outcome, and the client goes on.
    CHECK_FALSE(b.outcome(after).empty());
    CHECK(b.is_connected());
    const auto later = b.send("later");
    CHECK(b.outcome(later) == "succeeded");
}

TEST_CASE("defect 14: invocations end with their connection, also when another takes over its transport") {
    client_bench b;
    b.connect("c1");
    REQUIRE(b.invoke("e", "i"));
    b.receive(connected_frame("c2"));
    REQUIRE(b.count<disconnected>() == 1);
    b.pass(30s);
    REQUIRE(b.count<invocation_completed>() == 1);
    CHECK(b.last<invocation_completed>()->invocation_id == "i");
    CHECK(b.last<invocation_completed>()->status == invocation_status::outcome_unknown);
}

TEST_CASE("defect 15: a code that the client has sent is not taken for one that it received") {
    client_bench b(client_setup{.close_on_malformed_frame = true});
    b.connect();
    const auto joined = b.join("g");
    REQUIRE(joined);
    b.receive("this is no JSON");
    REQUIRE(b.closes.size() == 1);
    CHECK(b.closes.back().code == close_code::invalid_payload);
    REQUIRE(b.count<disconnected>() == 1);
    CHECK(b.last<disconnected>()->code != close_code::invalid_payload);
    // Nothing says that the join was at fault.
    CHECK(b.outcome(joined).empty());
    b.await_open();
    b.establish("c2");
    b.pass(1s);
    REQUIRE(b.wire.back().transport == b.opens.size());
    CHECK(b.writings("joinGroup g") == 2);
    b.receive(ack(b.ack_id_of("joinGroup g")));
    CHECK(b.outcome(joined) == "succeeded");
}

TEST_CASE("defect 17: a request whose last answer is a failure has failed, also after a recovery") {
    client_bench b;
    b.connect();
    const auto sent = b.send("e");
    // The answer to the first writing is lost with its transport.
    b.closed();
    b.establish("c1");
    REQUIRE(b.writings("event e") == 2);
    b.on_frame = [&](const client_bench::written_frame& frame) {
        if (frame.transport != 2) return;
        if (summary_of(frame.bytes) == "ping") return b.receive(R"({"type":"pong"})");
        if (const auto id = number_field(frame.bytes, "ackId"); id != 0) b.receive(nack(id, "InternalServerError"));
    };
    b.pass(5min);
    CHECK(b.outcome(sent) == "failed");
}

TEST_CASE("defect 17: a request that rests is written once when its rest is over") {
    client_bench b(client_setup{.one_write_at_a_time = true});
    b.connect();
    // It is written on two transports and answered twice on the second, so that the second answer comes while its
    // first retry waits behind another frame that is being written.
    const auto sent = b.send("e");
    b.closed();
    b.establish("c1");
    REQUIRE(b.writings("event e") == 2);
    b.receive(nack(*sent, "InternalServerError"));
    b.writes_complete = false;
    REQUIRE(b.send("other"));
    b.pass(3s);
    b.receive(nack(*sent, "InternalServerError"));
    b.complete_writes();
    // The retry is under way, and nobody has answered it yet.
    b.pass(30s);
    CHECK(b.writings("event e") == 3);
}

TEST_CASE("defect 19: a question for a URL that nobody answers is a failed attempt") {
    client_bench b(client_setup{.url = ""});
    REQUIRE(b.start());
    REQUIRE(b.url_requests.size() == 1);
    b.pass(2min);
    CHECK(b.count<connect_failed>() >= 1);
    CHECK(b.url_requests.size() >= 2);
}
