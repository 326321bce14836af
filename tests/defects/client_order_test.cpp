// SPDX-License-Identifier: MIT
#include "defects/client_bench.hpp"

// What a client writes first and what it leaves out: the order of the calls, and what restores a connection.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

/// A connected client that is a member of the group `g`.
void connect_and_join(client_bench& b) {
    b.connect();
    const auto joined = b.join("g");
    b.receive(ack(*joined));
    REQUIRE(b.outcome(joined) == "succeeded");
    b.written();
}

} // namespace

TEST_CASE("defect 1: nothing is written before the rejoin") {
    client_bench b;
    connect_and_join(b);
    bool invokes = true;
    b.on_event = [&](const client_event& event) {
        if (!holds_alternative<connected>(event)) return;
        if (invokes) {
            b.invoke("e");
        } else {
            b.open_stream("g", "s");
        }
    };
    SECTION("an invocation") {}
    SECTION("a stream") {
        // The last that was written is an invocation, so that it would be a stream's turn.
        invokes = false;
        REQUIRE(b.invoke("e"));
    }
    b.closed(close_code::normal);
    b.await_open();
    b.written();
    b.establish("c2");
    const auto written = b.written();
    REQUIRE(written.size() == 2);
    CHECK(written[0] == "joinGroup g");
}

TEST_CASE("defect 2: first writings leave in the order of the calls, an invocation among events") {
    client_bench b;
    b.connect();
    b.in_one_go([&] {
        CHECK(b.send("A"));
        CHECK(b.send("B"));
        CHECK(b.send("C"));
        CHECK(b.invoke("D"));
    });
    CHECK(b.written() == strings{"event A", "event B", "event C", "invoke D"});
}

TEST_CASE("defect 2: first writings leave in the order of the calls, a stream behind the join of its group") {
    client_bench b;
    b.connect();
    b.in_one_go([&] {
        CHECK(b.send("e"));
        CHECK(b.join("g"));
        CHECK(b.open_stream("g", "s"));
    });
    CHECK(b.written() == strings{"event e", "joinGroup g", "openStream s"});
}

TEST_CASE("defect 5: a join that failed for now is not tried again after a later leave") {
    client_bench b;
    b.connect();
    const auto joined = b.join("g");
    b.receive(nack(*joined, "InternalServerError"));
    const auto left = b.leave("g");
    b.receive(ack(*left));
    CHECK(b.outcome(left) == "succeeded");
    b.pass(1min);
    CHECK(b.writings("joinGroup g") == 1);
    // It has its outcome all the same.
    CHECK_FALSE(b.outcome(joined).empty());
}

TEST_CASE("defect 5: an older group state is not set again after a newer one") {
    client_bench b;
    connect_and_join(b);
    const auto older = b.set_state("g", "older");
    b.receive(nack(*older, "InternalServerError"));
    const auto newer = b.set_state("g", "newer");
    b.receive(ack(*newer));
    CHECK(b.outcome(newer) == "succeeded");
    b.pass(1min);
    CHECK(b.wire.back().bytes.find("older") == std::string::npos);
    CHECK(b.writings("setGroupState g") == 2);
    CHECK_FALSE(b.outcome(older).empty());
}

TEST_CASE("defect 5: a subscription that failed for now is not tried again after its end") {
    client_bench b;
    connect_and_join(b);
    const auto subscribed = b.subscribe("g");
    b.receive(nack(*subscribed, "InternalServerError"));
    const auto ended = b.unsubscribe("g");
    b.receive(ack(*ended));
    CHECK(b.outcome(ended) == "succeeded");
    b.pass(1min);
    CHECK(b.writings("subscribeGroupState g") == 1);
    CHECK_FALSE(b.outcome(subscribed).empty());
}

TEST_CASE("defect 6: a subscription waits for the rejoin that it needs, also when that needs a retry") {
    client_bench b;
    connect_and_join(b);
    const auto subscribed = b.subscribe("g");
    b.receive(ack(*subscribed));
    REQUIRE(b.outcome(subscribed) == "succeeded");
    b.closed(close_code::policy_violation);
    b.await_open();
    // The service of the new connection: the first join fails for now, and only members may subscribe.
    bool failed = false;
    bool member = false;
    bool subscriber = false;
    b.on_frame = [&](const client_bench::written_frame& frame) {
        const auto id = number_field(frame.bytes, "ackId");
        const auto summary = summary_of(frame.bytes);
        if (frame.transport != b.opens.size()) return;
        if (summary == "joinGroup g") {
            if (!std::exchange(failed, true)) return b.receive(nack(id, "InternalServerError"));
            member = true;
            b.receive(ack(id));
        } else if (summary == "subscribeGroupState g") {
            subscriber = subscriber || member;
            b.receive(member ? ack(id) : nack(id, "Forbidden"));
        }
    };
    b.establish("c2");
    b.pass(1min);
    CHECK(member);
    CHECK(subscriber);
    CHECK(b.count<resubscribe_failed>() == 0);
    // It is renewed on the connection after that as well.
    b.replace("c3");
    b.pass(1min);
    CHECK(b.wire.back().transport == b.opens.size());
    CHECK(b.writings("subscribeGroupState g") >= 3);
}

TEST_CASE("defect 7: what was never sent survives a refused recovery") {
    client_bench b;
    b.connect();
    b.closed();
    REQUIRE(b.awaits_transport());
    const auto queued = b.send("e");
    REQUIRE(queued);
    // The recovery is refused as the service does it: the handshake succeeds, and then the transport is closed.
    b.opened();
    b.closed(close_code::policy_violation);
    CHECK(b.outcome(queued).empty());
    b.await_open();
    b.establish("c2");
    REQUIRE_FALSE(b.wire.empty());
    CHECK(b.wire.back().transport == b.opens.size());
    CHECK(summary_of(b.wire.back().bytes) == "event e");
    b.receive(ack(b.ack_id_of("event e")));
    CHECK(b.outcome(queued) == "succeeded");
}

TEST_CASE("defect 13: the id of an invocation is not used again while the old one can be answered") {
    client_bench b;
    b.connect();
    REQUIRE(b.invoke("first", "i", 1s));
    SECTION("after a cancel") { REQUIRE(b.cancel("i")); }
    SECTION("after its time is over") { b.pass(2s); }
    REQUIRE(b.last<invocation_completed>() != nullptr);
    CHECK_FALSE(b.invoke("second", "i"));
    // The old answer on its way belongs to nobody.
    b.receive(R"({"type":"invokeResponse","invocationId":"i","success":true,"dataType":"text","data":"first"})");
    CHECK(b.count<invocation_completed>() == 1);
    // A new connection knows nothing of the old one.
    b.replace();
    CHECK(b.invoke("third", "i"));
}

TEST_CASE("defect 13: a cancellation leaves before what was called after it") {
    client_bench b;
    b.connect();
    REQUIRE(b.invoke("first", "1"));
    b.in_one_go([&] {
        CHECK(b.send("A"));
        CHECK(b.cancel("1"));
        CHECK(b.invoke("second", "2"));
    });
    CHECK(b.written() == strings{"invoke first", "event A", "cancelInvocation 1", "invoke second"});
}

TEST_CASE("defect 16: a thousand rejoins without an answer hold nothing back") {
    client_bench b;
    b.connect();
    for (int i = 0; i < 1000; ++i) {
        const auto joined = b.join("g" + std::to_string(i));
        b.receive(ack(*joined));
    }
    b.told.clear();
    b.replace();
    CHECK(b.send_unacknowledged("fire"));
    const auto sent = b.send("e");
    b.pass(1s);
    CHECK(b.writings("event fire") == 1);
    REQUIRE(b.writings("event e") == 1);
    b.receive(ack(b.ack_id_of("event e")));
    CHECK(b.outcome(sent) == "succeeded");
}
