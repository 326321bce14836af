// SPDX-License-Identifier: MIT

// Back-pressure between nodes, where it is easily wrong.

#include "cluster/cluster_fixture.hpp"

using namespace cluster_tests;

namespace {

/// Two nodes whose clients wait as long as it takes. `a` is on the first, and `b` is on the second, in the group `g`,
/// and does not read until `read` or `read_on`.
struct two_nodes {
    explicit two_nodes(std::uint32_t frames = 16) : f(2, {}, patient(frames)) {
        a = f.connect(0);
        b = f.connect(1, {}, {"g"});
        f.host(1).stalled.insert(b.transport);
    }

    static hub_options patient(std::uint32_t frames) {
        hub_options made;
        made.queues.outbound.frames = frames;
        made.queues.stall_time = std::nullopt;
        made.queues.slow_after = std::nullopt;
        return made;
    }

    void send(const client& from, std::size_t count, const std::string& group = "g") {
        for (; count != 0; --count) {
            f.text(from, R"({"type":"sendToGroup","group":")" + group + R"(","dataType":"text","data":"x","ackId":)" +
                             std::to_string(++sent) + "}");
        }
    }
    /// The application of the second node sends to the group.
    void send_there(std::size_t count) {
        for (; count != 0; --count) {
            REQUIRE(f.hub_of(1).send_to_group(f.now, "g", payload_view{data_type::text, "y"}));
        }
    }
    /// `b` reads all there is, and the hub's host does nothing else meanwhile.
    void read() {
        for (auto left = f.hub_of(1).queue_of(f.id_of(b))->messages; left != 0; --left) {
            f.hub_of(1).handle_written(f.now, b.transport, 1);
            static_cast<void>(f.hub_of(1).poll_transmit(b.transport));
        }
    }
    void read_on() {
        f.host(1).resume(b.transport);
        f.pump(1);
        f.settle();
    }
    bool is_held(const client& who) { return f.host(who.node).paused.contains(who.transport); }
    static std::size_t count(const strings& frames, std::string_view what) {
        return static_cast<std::size_t>(
            std::ranges::count_if(frames, [&](const std::string& each) { return each.find(what) != each.npos; }));
    }

    cluster_fixture f;
    client a;
    client b;
    int sent = 0;
};

} // namespace

TEST_CASE("what has waited when a node ends reaches the others") {
    two_nodes s;
    s.send(s.a, 14);
    REQUIRE(s.is_held(s.a));
    s.f.member(0).leave(s.f.now);
    s.f.pump(0);
    s.f.settle();
    s.read_on();
    CHECK(two_nodes::count(s.f.take(s.a), R"("success":true)") == 14);
    CHECK(two_nodes::count(s.f.take(s.b), R"("data":"x")") == 14);
}

TEST_CASE("nobody is told that a group is relieved that is congested again since") {
    two_nodes s;
    s.send(s.a, 14);
    REQUIRE(s.is_held(s.a));
    s.read();
    s.send_there(10);
    s.f.pump(1);
    s.f.settle();
    CHECK(s.is_held(s.a));
    s.read_on();
    CHECK_FALSE(s.is_held(s.a));
}

TEST_CASE("a node that is lost is not told that a group is relieved") {
    two_nodes s(100);
    s.send_there(60);
    for (int i = 0; i < 5; ++i) {
        s.send(s.f.connect(0), 1);
        s.f.crash(0);
        s.f.pass(15s);
        s.f.connect_bus(0);
        s.f.settle();
    }
    std::size_t told = 0;
    s.f.bus.watch = [&](std::size_t node, const bus_order& order) {
        const auto* const publish = get_if<bus_orders::publish>(&order);
        if (node == 1 && publish != nullptr && publish->channel.kind == bus_channel_kind::node) ++told;
    };
    s.read_on();
    CHECK(told == 0);
}

TEST_CASE("who waits for a reader of another node waits for longer than a silence") {
    two_nodes s;
    s.send(s.a, 14);
    REQUIRE(s.is_held(s.a));
    s.f.pass(60s);
    CHECK(s.is_held(s.a));
    // A third one has not been told, and what is lost of the second node is nobody's to wait for.
    s.f.crash(1);
    s.f.pass(14s);
    CHECK_FALSE(s.is_held(s.a));
}

TEST_CASE("of two groups of another node that is relieved whose clients go on, and those of the other do not") {
    two_nodes s;
    const auto c = s.f.connect(0);
    const auto d = s.f.connect(1, {}, {"h"});
    s.f.host(1).stalled.insert(d.transport);
    s.send(s.a, 12);
    s.send(c, 12, "h");
    REQUIRE(s.is_held(s.a));
    REQUIRE(s.is_held(c));
    s.read_on();
    CHECK_FALSE(s.is_held(s.a));
    CHECK(s.is_held(c));
    s.f.host(1).resume(d.transport);
    s.f.pump(1);
    s.f.settle();
    CHECK_FALSE(s.is_held(c));
    // What one waits for may be congested on its own node too.
    const auto e = s.f.connect(0, {}, {"g"});
    s.f.host(0).stalled.insert(e.transport);
    s.f.host(1).stalled.insert(s.b.transport);
    s.send(s.a, 13);
    REQUIRE(s.is_held(s.a));
    s.read_on();
    CHECK(s.is_held(s.a));
    s.f.host(0).resume(e.transport);
    s.f.pump(0);
    s.f.settle();
    CHECK_FALSE(s.is_held(s.a));
}

namespace {

/// Clients send to a reader of the last node until they are held, and then it reads all, one message at a time.
void check_relief(std::size_t nodes, bus_order_rule order, std::size_t senders, std::string_view subprotocol) {
    cluster_fixture f(nodes, {.order = order}, two_nodes::patient(1000));
    const auto b = f.connect(nodes - 1, {}, {"g"});
    f.host(b.node).stalled.insert(b.transport);
    std::vector<client> all;
    for (std::size_t i = 0; i < senders; ++i) all.push_back(f.connect(0, hub_fixture::request(subprotocol)));
    std::size_t sent = 0;
    for (std::size_t round = 0; round < 700; ++round) {
        for (const auto& each : all) {
            if (f.host(0).paused.contains(each.transport)) continue;
            f.text(each, R"({"type":"sendToGroup","group":"g","dataType":"text","data":"x"})");
            ++sent;
        }
    }
    REQUIRE(sent > 900);
    auto& hub = f.hub_of(b.node);
    std::size_t read = 0;
    for (int silent = 0; read < sent && silent < 20;) {
        const auto depth = hub.queue_of(f.id_of(b));
        REQUIRE(depth);
        if (depth->messages == 0) {
            ++silent;
            f.pass(1s);
            continue;
        }
        hub.handle_written(f.now, b.transport, 1);
        if (++read % 7 != 0 && depth->messages != 1) continue;
        f.pump(b.node);
        f.settle();
        silent = 0;
    }
    CHECK(read == sent);
}

} // namespace

TEST_CASE("when a reader is relieved, what has waited comes no faster than its queue takes it") {
    using rule = bus_order_rule;
    SECTION("of reliable clients, which are read on") { check_relief(2, rule::by_sender, 4, hub_fixture::reliable); }
    SECTION("of many plain clients") { check_relief(2, rule::by_sender, 900, hub_fixture::plain); }
    SECTION("in the order of the bus") { check_relief(2, rule::by_bus, 4, hub_fixture::reliable); }
    SECTION("of the own node, in the order of the bus") { check_relief(1, rule::by_bus, 4, hub_fixture::reliable); }
}

TEST_CASE("what may be sent to a relieved group is used up by what is sent alone, by clients and the application") {
    two_nodes s;
    auto asked = s.f.request();
    asked.roles.clear();
    const auto forbidden = s.f.connect(0, asked);
    s.send(s.a, 14);
    REQUIRE(s.is_held(s.a));
    s.read_on();
    const auto room = [&] { return hub_node(s.f.hub_of(0)).room_in("g"); };
    REQUIRE(room());
    const auto before = *room();
    s.send(forbidden, 20);
    CHECK(room() == before);
    for (int i = 0; i < 20; ++i) {
        REQUIRE(s.f.member(0).send_to_group(s.f.now, "g", payload_view::text("y")));
        CHECK(*room() < 8);
        s.f.pump(0);
        s.f.settle();
        CHECK(*room() <= 8);
    }
    CHECK(*room() > 0);
    // Who has sent nothing for a while may send what it likes.
    s.f.pass(10s);
    CHECK_FALSE(room());
}
