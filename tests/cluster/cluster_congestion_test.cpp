// SPDX-License-Identifier: MIT

// Back-pressure from one node to another.

#include "cluster/cluster_fixture.hpp"

using namespace cluster_tests;

namespace {

/// Two nodes with short queues. `a` of the first node sends to the group of `b`, who is on the second and does not read
/// until `f.host(1).resume`.
struct slow_reader {
    explicit slow_reader(cluster_options of_cluster = {}, std::optional<duration> slow_after = std::nullopt)
        : f(3, of_cluster, short_queues(slow_after)) {
        a = f.connect(0);
        b = f.connect(1, {}, {"g"});
        f.host(1).stalled.insert(b.transport);
    }

    static hub_options short_queues(std::optional<duration> slow_after) {
        hub_options made;
        made.queues.outbound.frames = 16;
        made.queues.window.messages = 1;
        made.queues.stall_time = std::nullopt;
        made.queues.slow_after = slow_after;
        return made;
    }

    void send(const client& from, std::size_t count, const std::string& group = "g") {
        for (std::size_t i = 0; i < count; ++i) {
            f.text(from, R"({"type":"sendToGroup","group":")" + group + R"(","dataType":"text","data":")" +
                             std::to_string(++sent) + R"("})");
        }
    }
    bool is_held(const client& who) { return f.host(who.node).paused.contains(who.transport); }
    bool is_closed(const client& who) { return f.host(who.node).closes.contains(who.transport); }
    /// The data of what a client has received since it was asked for last.
    strings data_of(const client& of) {
        strings all;
        for (const auto& frame : f.take(of)) {
            const auto begin = frame.find(R"("data":")") + 8;
            all.push_back(frame.substr(begin, frame.find('"', begin) - begin));
        }
        return all;
    }
    static strings numbers(int from, int to) {
        strings all;
        for (; from <= to; ++from) all.push_back(std::to_string(from));
        return all;
    }

    cluster_fixture f;
    client a;
    client b;
    int sent = 0;
};

} // namespace

TEST_CASE("a client waits for a slow receiver of another node, as for one of its own, and nothing is lost") {
    for (const auto order : {bus_order_rule::by_sender, bus_order_rule::by_bus}) {
        slow_reader s({.order = order});
        const auto other = s.f.connect(2);
        s.send(s.a, 40);
        CHECK(s.is_held(s.a));
        CHECK_FALSE(s.is_closed(s.b));
        // One who sends elsewhere does not wait, and a third node's client does.
        s.send(other, 1, "h");
        CHECK_FALSE(s.is_held(other));
        s.send(other, 2);
        CHECK(s.is_held(other));
        s.f.host(1).resume(s.b.transport);
        s.f.pump(1);
        s.f.settle();
        CHECK_FALSE(s.is_held(s.a));
        CHECK_FALSE(s.is_held(other));
        auto got = s.data_of(s.b);
        std::erase_if(got, [](const std::string& each) { return each == "42" || each == "43"; });
        CHECK(got == slow_reader::numbers(1, 40));
    }
}

TEST_CASE("a client waits for a receiver of another node no longer than that node itself would") {
    slow_reader s({}, 5s);
    s.send(s.a, 20);
    REQUIRE(s.is_held(s.a));
    SECTION("its patience is over, and the reader is closed when its queue is full") {
        s.f.pass(6s);
        CHECK_FALSE(s.is_held(s.a));
        s.send(s.a, 16);
        CHECK(s.is_closed(s.b));
    }
    SECTION("the reader leaves the group") { REQUIRE(s.f.hub_of(1).remove_from_group(s.f.now, s.f.id_of(s.b), "g")); }
    SECTION("the reader is gone") { s.f.gone(s.b); }
    SECTION("the reader's node says that it ends") { s.f.member(1).leave(s.f.now); }
    SECTION("the reader's node crashes") {
        s.f.crash(1);
        s.f.pass(11s);
    }
    SECTION("its own node loses the bus") { s.f.lose_bus(0); }
    SECTION("the reader's node loses the bus, and what it says meanwhile") {
        s.f.lose_bus(1);
        s.f.gone(s.b);
        s.f.connect_bus(1);
        s.f.pass(11s);
    }
    s.f.pump(1);
    s.f.settle();
    CHECK_FALSE(s.is_held(s.a));
}

TEST_CASE("a node that has missed that a group is congested is told again") {
    slow_reader s;
    s.f.is_immediate = false;
    const auto carry = [&](bool loses) {
        s.f.pump(0);
        while (s.f.bus.move_up(0)) {}
        while (const auto input = s.f.bus.move_down(1)) s.f.hear(1, *input);
        while (s.f.bus.move_up(1)) {}
        if (loses) {
            while (s.f.bus.lose_next(0)) {}
        }
        s.f.settle();
    };
    s.send(s.a, 12);
    carry(true);
    CHECK_FALSE(s.is_held(s.a));
    // Not for each message, for more may be on their way before it knows.
    s.send(s.a, 1);
    carry(false);
    CHECK_FALSE(s.is_held(s.a));
    s.f.pass(200ms);
    s.send(s.a, 1);
    carry(false);
    s.send(s.a, 1);
    CHECK(s.is_held(s.a));
}

TEST_CASE("that a group is relieved may be lost, and is told again") {
    slow_reader s({.silence = 6s});
    s.send(s.a, 20);
    REQUIRE(s.is_held(s.a));
    s.f.is_immediate = false;
    s.f.host(1).resume(s.b.transport);
    s.f.pump(1);
    while (s.f.bus.move_up(1)) {}
    CHECK(s.f.bus.lose_next(0));
    s.f.is_immediate = true;
    s.f.pass(500ms);
    CHECK(s.is_held(s.a));
    s.f.pass(5s);
    CHECK_FALSE(s.is_held(s.a));
    CHECK(s.data_of(s.b) == slow_reader::numbers(1, 20));
}

TEST_CASE("a group is congested until it is so on no node any more") {
    slow_reader s;
    const auto c = s.f.connect(2, {}, {"g"});
    s.f.host(2).stalled.insert(c.transport);
    s.send(s.a, 20);
    REQUIRE(s.is_held(s.a));
    s.f.host(1).resume(s.b.transport);
    s.f.pump(1);
    s.f.settle();
    CHECK(s.is_held(s.a));
    s.f.host(2).resume(c.transport);
    s.f.pump(2);
    s.f.settle();
    CHECK_FALSE(s.is_held(s.a));
    CHECK(s.data_of(s.b) == slow_reader::numbers(1, 20));
    CHECK(s.data_of(c) == slow_reader::numbers(1, 20));
}

TEST_CASE("no more congested groups of other nodes count than there may be, and none that can't be") {
    slow_reader s({.max_congested_groups = 1});
    const auto c = s.f.connect(1, {}, {"h"});
    s.f.host(1).stalled.insert(c.transport);
    s.send(s.a, 12);
    const auto other = s.f.connect(0);
    s.send(other, 20, "h");
    CHECK_FALSE(s.is_held(other));
    CHECK(s.f.member(0).counters().over_limit > 0);
    CHECK(s.is_closed(c));
    s.send(s.a, 1);
    CHECK(s.is_held(s.a));
}

TEST_CASE("changes of states wait for watchers of other nodes that don't read") {
    slow_reader s;
    s.f.host(1).resume(s.b.transport);
    s.f.text(s.b, R"({"type":"subscribeGroupState","group":"g","ackId":1})");
    s.f.text(s.a, R"({"type":"joinGroup","group":"g","ackId":1})");
    s.f.take(s.b);
    s.f.host(1).stalled.insert(s.b.transport);
    for (int i = 0; i < 30; ++i) {
        s.f.text(s.a, R"({"type":"setGroupState","group":"g","state":{"n":")" + std::to_string(i) + R"("}})");
    }
    CHECK(s.is_held(s.a));
    CHECK_FALSE(s.is_closed(s.b));
}
