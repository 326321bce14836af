// SPDX-License-Identifier: MIT

// Nodes that deliver in the order of the bus, to the sender's own connections too.

#include "cluster/cluster_fixture.hpp"

using namespace cluster_tests;

namespace {

std::string text_of(const std::string& group, const std::string& text, const std::string& user) {
    return json_frames::group_message(group, text, user);
}

std::string sending(const std::string& group, const std::string& text) {
    return R"({"type":"sendToGroup","group":")" + group + R"(","dataType":"text","data":")" + text + R"("})";
}

} // namespace

TEST_CASE("all nodes have one order where the bus has one") {
    cluster_fixture f(2, {.order = bus_order_rule::by_bus});
    const auto a = f.connect(0, "a", {"g"});
    const auto b = f.connect(1, "b", {"g"});
    f.is_immediate = false;
    f.text(a, sending("g", "1"));
    f.text(b, sending("g", "2"));
    // The broker takes b's first.
    while (f.bus.move_up(1)) {}
    f.settle();
    const strings order{text_of("g", "2", "b"), text_of("g", "1", "a")};
    CHECK(f.take(a) == order);
    CHECK(f.take(b) == order);
}

TEST_CASE("a request of another kind waits until what its client has published is back from the bus") {
    cluster_fixture f(2, {.order = bus_order_rule::by_bus});
    const auto a = f.connect(0, "a", {"g"});
    const auto b = f.connect(0, "b");
    f.is_immediate = false;
    SECTION("who leaves behind a message gets it") {
        f.text(a, sending("g", "1"));
        f.text(a, sending("g", "2"));
        f.text(a, R"({"type":"leaveGroup","group":"g","ackId":1})");
        f.text(a, sending("g", "3"));
        CHECK(f.take(a).empty());
        CHECK(f.member(0).waiting_count() == 1);
        f.settle();
        CHECK(f.take(a) == strings{text_of("g", "1", "a"), text_of("g", "2", "a"), json_frames::ack("1")});
        CHECK(f.member(0).waiting_count() == 0);
    }
    SECTION("who joins behind a message does not get it") {
        f.text(b, sending("g", "1"));
        f.text(b, R"({"type":"joinGroup","group":"g","ackId":1})");
        f.text(b, sending("g", "2"));
        f.settle();
        CHECK(f.take(b) == strings{json_frames::ack("1"), text_of("g", "2", "b")});
        CHECK(f.take(a) == strings{text_of("g", "1", "b"), text_of("g", "2", "b")});
    }
    SECTION("who watches behind a change of its own is told of it in the snapshot only") {
        f.text(a, R"({"type":"setGroupState","group":"g","state":{"k":"v"}})");
        f.text(a, R"({"type":"subscribeGroupState","group":"g"})");
        f.settle();
        CHECK(f.take(a).size() == 1);
    }
    SECTION("nobody waits who has published nothing") {
        const auto before = f.bus.published;
        f.text(a, R"({"type":"leaveGroup","group":"g","ackId":1})");
        CHECK(f.take(a) == strings{json_frames::ack("1")});
        CHECK(f.bus.published == before);
    }
    SECTION("an event waits, and a ping does not") {
        f.text(a, sending("g", "1"));
        f.text(a, R"({"type":"event","event":"e","dataType":"text","data":"x"})");
        f.text(a, R"({"type":"ping"})");
        CHECK(f.host(0).events.empty());
        CHECK(f.take(a) == strings{R"({"type":"pong"})"});
        f.settle();
        CHECK(f.host(0).events.size() == 1);
    }
}

TEST_CASE("nobody waits for ever for what does not come back from the bus") {
    cluster_fixture f(2, {.order = bus_order_rule::by_bus});
    const auto a = f.connect(0, "a", {"g"});
    const auto b = f.connect(0, "b");
    f.is_immediate = false;
    f.text(a, sending("g", "1"));
    f.text(a, R"({"type":"leaveGroup","group":"g","ackId":1})");
    SECTION("the echo is lost") {
        while (f.bus.move_up(0)) {}
        REQUIRE(f.bus.move_down(0));
        REQUIRE(f.bus.lose_next(0));
        f.pass(7500ms);
        CHECK(f.take(a).empty());
        f.pass(1s);
    }
    SECTION("the echo is lost, and a later one comes") {
        while (f.bus.move_up(0)) {}
        REQUIRE(f.bus.move_down(0));
        REQUIRE(f.bus.lose_next(0));
        f.text(b, sending("h", "1"));
        f.text(b, R"({"type":"leaveGroup","group":"h"})");
        f.settle();
    }
    SECTION("the bus is lost") { f.lose_bus(0); }
    CHECK(f.take(a) == strings{json_frames::ack("1")});
}

TEST_CASE("nobody else's echo counts, and none on another channel") {
    cluster_fixture f(2, {.order = bus_order_rule::by_bus});
    const auto a = f.connect(0, "a", {"g"});
    f.is_immediate = false;
    f.text(a, sending("g", "1"));
    f.text(a, R"({"type":"leaveGroup","group":"g","ackId":1})");
    const auto malformed = f.member(0).counters().malformed;
    std::string bytes;
    append_bus_message({f.member(1).id(), 1, true}, bus_messages::echo{100}, bytes);
    f.hear(0, {{bus_channel_kind::node, f.member(0).id().to_string()}, bytes});
    CHECK(f.take(a).empty());
    CHECK(f.member(0).counters().malformed == malformed + 1);
}

TEST_CASE("a request waits also for what was published for its client, which has not asked for it") {
    cluster_fixture f(1, {.order = bus_order_rule::by_bus});
    const auto a = f.connect(0, "a", {"g"});
    SECTION("the end of an idle stream") {
        f.text(a, R"({"type":"sendToGroup","group":"g","stream":{"streamId":"s","idleTimeoutMs":1000}})");
        f.text(a, R"({"type":"streamData","streamId":"s","streamSequenceId":1,"dataType":"text","data":"x"})");
        // What was published before is waited for here.
        f.text(a, R"({"type":"leaveGroup","group":"h"})");
        f.take(a);
        f.is_immediate = false;
        f.pass(1500ms);
        f.text(a, R"({"type":"leaveGroup","group":"g","ackId":1})");
        CHECK(f.take(a).size() == 1);
        f.settle();
        const auto rest = f.take(a);
        REQUIRE(rest.size() == 2);
        CHECK(rest.back() == json_frames::ack("1"));
    }
    SECTION("the end of a state whose client the application has taken out of the group") {
        f.text(a, R"({"type":"setGroupState","group":"g","state":{"k":"v"}})");
        f.text(a, R"({"type":"leaveGroup","group":"h"})");
        f.is_immediate = false;
        REQUIRE(f.hub_of(0).remove_from_group(f.now, f.id_of(a), "g"));
        f.text(a, R"({"type":"joinGroup","group":"g"})");
        f.text(a, R"({"type":"subscribeGroupState","group":"g"})");
        f.settle();
        // The snapshot.
        CHECK(f.take(a).size() == 1);
    }
}

TEST_CASE("who watches is given no change of a state that is older than one it knows") {
    cluster_fixture f(1, {.order = bus_order_rule::by_bus});
    const auto a = f.connect(0, "a", {"g"});
    const auto b = f.connect(0, "b", {"g"});
    const auto set = [&](const std::string& value) {
        f.text(a, R"({"type":"setGroupState","group":"g","state":{"k":")" + value + R"("}})");
    };
    const auto values_of = [&](const client& who) {
        strings values;
        for (const auto& message : f.host(0).messages(who.transport)) {
            const auto* const snapshot = get_if<group_state_snapshot_message>(&message);
            const auto* const update = get_if<group_state_update_message>(&message);
            if (snapshot == nullptr && update == nullptr) continue;
            for (const auto& item : snapshot != nullptr ? snapshot->items : update->items) {
                values.push_back(item.state->front().value);
            }
        }
        return values;
    };
    const std::string watching = R"({"type":"subscribeGroupState","group":"g"})";
    SECTION("it comes") { f.is_immediate = false; }
    SECTION("it watches already, and asks again") {
        f.text(b, watching);
        values_of(b);
        f.is_immediate = false;
    }
    set("1");
    set("2");
    f.text(b, watching);
    set("3");
    f.settle();
    auto values = values_of(b);
    CHECK(std::is_sorted(values.begin(), values.end()));
    CHECK(values.back() == "3");
    set("4");
    f.settle();
    CHECK(values_of(b) == strings{"4"});
}

TEST_CASE("just after a fence a message is with its sender before the next request is done, as ever") {
    cluster_fixture f(2, {.order = bus_order_rule::by_bus});
    f.connect(0, {}, {"g"});
    f.is_immediate = false;
    f.standing_still.insert(0);
    f.pass(11s);
    f.standing_still.clear();
    f.pump(0);
    REQUIRE(f.event_of<cluster_events::fenced>(0));
    // The broker has the group's subscription, and not that of the new node.
    REQUIRE(f.member(0).is_subscribed({bus_channel_kind::group, "g"}));
    REQUIRE_FALSE(f.member(0).is_subscribed(cluster_parts::channel_of(f.member(0).id())));
    const auto a = f.connect(0, {}, {"g"});
    f.text(a, sending("g", "1"));
    f.text(a, R"({"type":"leaveGroup","group":"g","ackId":1})");
    f.settle();
    CHECK(f.take(a) == strings{text_of("g", "1", ""), json_frames::ack("1")});
}
