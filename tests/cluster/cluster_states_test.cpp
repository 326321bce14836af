// SPDX-License-Identifier: MIT

// States in groups, of and for clients of several nodes.

#include "cluster/cluster_fixture.hpp"

using namespace cluster_tests;

namespace {

void set(cluster_fixture& f, const client& who, const std::string& value) {
    f.text(who, R"({"type":"setGroupState","group":"g","state":{"k":")" + value + R"("}})");
}
void clear(cluster_fixture& f, const client& who) {
    f.text(who, R"({"type":"setGroupState","group":"g","state":null})");
}
void watch(cluster_fixture& f, const client& who) {
    f.text(who, R"({"type":"subscribeGroupState","group":"g","ackId":1})");
}

/// The states that the client was told, with connection ids as they are: the snapshot's or those of updates.
std::map<std::string, std::string> told(cluster_fixture& f, const client& who) {
    std::map<std::string, std::string> states;
    for (const auto& message : f.host(who.node).messages(who.transport)) {
        const std::vector<group_state_item>* items = nullptr;
        if (const auto* const all = get_if<group_state_snapshot_message>(&message)) items = &all->items;
        if (const auto* const some = get_if<group_state_update_message>(&message)) items = &some->items;
        if (items == nullptr) continue;
        for (const auto& item : *items) states[item.connection_id] = item.state ? item.state->front().value : "gone";
    }
    return states;
}

using table = std::map<std::string, std::string>;

constexpr auto latest = std::chrono::floor<update_time::duration>(wall_time::max());

/// The second node hears a change of a state in "g", in the name of the first.
void forge(cluster_fixture& f, const std::string& id, std::uint64_t sequence, update_time time) {
    std::string bytes;
    append_bus_message({f.member(0).id(), sequence, true},
                       bus_messages::state_change{"g", {id, "", string_map{{"k", "v"}}, time}}, bytes);
    f.hear(1, {{bus_channel_kind::group, "g"}, bytes});
}

} // namespace

TEST_CASE("who watches a group is told of the states that clients of other nodes have and set") {
    for (const auto order : {bus_order_rule::by_sender, bus_order_rule::by_bus}) {
        cluster_fixture f(3, {.order = order});
        const auto a = f.connect(0, "alice", {"g"});
        const auto b = f.connect(1, "bob", {"g"});
        const auto c = f.connect(2, "carol", {"g"});
        set(f, a, "1");
        set(f, c, "2");
        watch(f, b);
        CHECK(told(f, b) == table{{f.id_of(a), "1"}, {f.id_of(c), "2"}});
        set(f, a, "3");
        CHECK(told(f, b) == table{{f.id_of(a), "3"}});
        set(f, b, "4");
        CHECK(told(f, b) == table{{f.id_of(b), "4"}});
        clear(f, c);
        CHECK(told(f, b) == table{{f.id_of(c), "gone"}});
        f.gone(a);
        CHECK(told(f, b) == table{{f.id_of(a), "gone"}});
        // The snapshot of one who comes later is the same wherever it is asked for.
        set(f, c, "5");
        told(f, b);
        watch(f, c);
        CHECK(told(f, c) == table{{f.id_of(b), "4"}, {f.id_of(c), "5"}});
        CHECK(hub_node(f.hub_of(1)).foreign_state_count() == 1);
        f.gone(b);
        f.settle();
        CHECK(hub_node(f.hub_of(1)).foreign_state_count() == 0);
        CHECK(told(f, c) == table{{f.id_of(b), "gone"}});
        CHECK(hub_node(f.hub_of(2)).foreign_state_count() == 0);
    }
}

TEST_CASE("a snapshot waits for the states of all nodes, and does without those that do not answer") {
    cluster_fixture f(3);
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    const auto c = f.connect(2, {}, {"g"});
    set(f, a, "1");
    set(f, c, "2");
    f.is_immediate = false;
    watch(f, b);
    CHECK(f.take(b).empty());
    while (f.bus.move_up(1)) {}
    // One node answers, the other doesn't.
    while (const auto input = f.bus.move_down(0)) f.hear(0, *input);
    while (f.bus.move_up(0)) {}
    while (const auto input = f.bus.move_down(1)) f.hear(1, *input);
    CHECK(f.take(b).empty());
    SECTION("in time") {
        f.settle();
        CHECK(told(f, b) == table{{f.id_of(a), "1"}, {f.id_of(c), "2"}});
    }
    SECTION("not in time") {
        f.pass(5s);
        CHECK(told(f, b) == table{{f.id_of(a), "1"}});
    }
    SECTION("the bus is lost") {
        f.lose_bus(1);
        CHECK(told(f, b) == table{{f.id_of(a), "1"}});
        f.connect_bus(1);
        f.settle();
        // Subscribed anew, it asks anew.
        CHECK(told(f, b) == table{{f.id_of(c), "2"}});
    }
    SECTION("the client goes") {
        f.gone(b);
        f.settle();
        CHECK(hub_node(f.hub_of(1)).foreign_state_count() == 0);
    }
}

TEST_CASE("the states of a lost node's clients are gone") {
    cluster_fixture f(2);
    const auto a = f.connect(0, "alice", {"g"});
    const auto b = f.connect(1, "bob", {"g"});
    const auto id = f.id_of(a);
    set(f, a, "1");
    watch(f, b);
    CHECK(told(f, b) == table{{id, "1"}});
    f.crash(0);
    f.pass(9s);
    CHECK(told(f, b) == table{});
    f.pass(2s);
    CHECK(told(f, b) == table{{id, "gone"}});
    CHECK(hub_node(f.hub_of(1)).foreign_state_count() == 0);
}

TEST_CASE("states that are missed because a message is lost are asked for") {
    cluster_fixture f(2);
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    set(f, a, "1");
    watch(f, b);
    told(f, b);
    f.is_immediate = false;
    set(f, a, "2");
    while (f.bus.move_up(0)) {}
    REQUIRE(f.bus.lose_next(1));
    f.is_immediate = true;
    // The next message shows that there was another.
    f.text(a, R"({"type":"sendToGroup","group":"g","data":1})");
    const auto gap = f.event_of<cluster_events::gap>(1);
    REQUIRE(gap);
    CHECK(gap->count == 1);
    CHECK(gap->channel == bus_channel{bus_channel_kind::group, "g"});
    CHECK(told(f, b) == table{{f.id_of(a), "2"}});
}

TEST_CASE("who watches is told of what a client of the same node sets, also if it does not come back from the bus") {
    cluster_fixture f(2, {.order = bus_order_rule::by_bus});
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(0, {}, {"g"});
    set(f, a, "1");
    watch(f, b);
    told(f, b);
    f.is_immediate = false;
    set(f, a, "2");
    CHECK(told(f, b).empty());
    SECTION("the message is lost") {
        while (f.bus.move_up(0)) {}
        REQUIRE(f.bus.lose_next(0));
        f.is_immediate = true;
        f.text(a, R"({"type":"sendToGroup","group":"g","data":1})");
    }
    SECTION("the bus is lost") { f.lose_bus(0); }
    CHECK(told(f, b) == table{{f.id_of(a), "2"}});
}

TEST_CASE("an older change of a state does not come after a newer one") {
    cluster_fixture f(2, {.order = bus_order_rule::by_bus});
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(0, {}, {"g"});
    set(f, a, "1");
    watch(f, b);
    f.is_immediate = false;
    set(f, a, "2");
    while (f.bus.move_up(0)) {}
    REQUIRE(f.bus.lose_next(0));
    f.text(a, R"({"type":"sendToGroup","group":"g","data":1})");
    set(f, a, "3");
    set(f, a, "4");
    f.settle();
    CHECK(told(f, b) == table{{f.id_of(a), "4"}});
}

TEST_CASE("states that a node's clients have set while it was cut off are known when it is back") {
    cluster_fixture f(2);
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    set(f, a, "1");
    watch(f, b);
    told(f, b);
    f.lose_bus(0);
    set(f, a, "2");
    f.connect_bus(0);
    f.settle();
    CHECK(told(f, b) == table{{f.id_of(a), "2"}});
}

TEST_CASE("a state is known also if the first message of its node to the group is lost") {
    cluster_fixture f(2);
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    watch(f, b);
    f.is_immediate = false;
    set(f, a, "1");
    while (f.bus.move_up(0)) {}
    REQUIRE(f.bus.lose_next(1));
    f.is_immediate = true;
    f.text(a, R"({"type":"sendToGroup","group":"g","data":1})");
    CHECK(told(f, b) == table{{f.id_of(a), "1"}});
}

TEST_CASE("a node is asked for its states until it answers, and nobody waits for that") {
    cluster_fixture f(3);
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    set(f, a, "1");
    f.is_immediate = false;
    watch(f, b);
    while (f.bus.move_up(1)) {}
    SECTION("the question is lost") { REQUIRE(f.bus.lose_next(0)); }
    SECTION("the answer is lost") {
        while (const auto input = f.bus.move_down(0)) f.hear(0, *input);
        while (f.bus.move_up(0)) {}
        REQUIRE(f.bus.lose_next(1));
    }
    f.settle();
    CHECK(f.take(b).empty());
    f.pass(5s, 5s);
    CHECK(told(f, b) == table{});
    f.settle();
    CHECK(told(f, b) == table{{f.id_of(a), "1"}});
    f.gone(b);
    f.is_immediate = true;
    const auto published = f.bus.published;
    f.pass(9s);
    // Heartbeats only.
    CHECK(f.bus.published - published == 9);
}

TEST_CASE("all nodes that do not answer are asked again") {
    cluster_fixture f(3);
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    const auto c = f.connect(2, {}, {"g"});
    set(f, a, "1");
    set(f, c, "2");
    f.is_immediate = false;
    watch(f, b);
    while (f.bus.move_up(1)) {}
    REQUIRE(f.bus.lose_next(0));
    REQUIRE(f.bus.lose_next(2));
    f.pass(5s, 5s);
    CHECK(told(f, b) == table{});
    f.settle();
    CHECK(told(f, b) == table{{f.id_of(a), "1"}, {f.id_of(c), "2"}});
}

TEST_CASE("an answer of which a part is lost is asked for again") {
    cluster_fixture f(2);
    std::vector<client> many;
    for (int i = 0; i < 150; ++i) {
        many.push_back(f.connect(0, {}, {"g"}));
        set(f, many.back(), "1");
    }
    const auto b = f.connect(1, {}, {"g"});
    f.is_immediate = false;
    watch(f, b);
    while (f.bus.move_up(1)) {}
    while (const auto input = f.bus.move_down(0)) f.hear(0, *input);
    while (f.bus.move_up(0)) {}
    REQUIRE(f.bus.lose_next(1));
    f.settle();
    // No update follows the snapshot.
    CHECK(f.host(1).received[b.transport].size() == 2);
    CHECK(told(f, b).size() == 150);
}

TEST_CASE("a node keeps no more states of others than it may, and none that are not a node's own") {
    cluster_fixture f(2, {.max_foreign_states = 1});
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(0, {}, {"g"});
    const auto c = f.connect(1, {}, {"g"});
    set(f, a, "1");
    set(f, b, "1");
    watch(f, c);
    CHECK(told(f, c).size() == 1);
    CHECK(f.member(1).counters().over_limit == 1);

    // A state of this node's own connection, told by the other node.
    forge(f, f.id_of(c), 1'000, latest);
    forge(f, "nobody", 1'001, latest);
    CHECK(f.member(1).counters().malformed == 2);
    CHECK(told(f, c).empty());
}

TEST_CASE("a state that is kept changes, and stays over a reconnection, also where there are as many as there may be") {
    cluster_fixture f(2, {.max_foreign_states = 1});
    const auto a = f.connect(0, {}, {"g"});
    auto b = f.connect(1, {}, {"g"});
    auto c = f.connect(1, {}, {"g"});
    if (f.id_of(c) < f.id_of(b)) std::swap(b, c);
    watch(f, a);
    // The one that is kept is the later in the order of the answer.
    set(f, c, "1");
    set(f, b, "1");
    CHECK(told(f, a) == table{{f.id_of(c), "1"}});
    const auto over_limit = f.member(0).counters().over_limit;
    set(f, c, "2");
    CHECK(told(f, a) == table{{f.id_of(c), "2"}});
    CHECK(f.member(0).counters().over_limit == over_limit);
    SECTION("it is still there") {
        f.lose_bus(1);
        f.connect_bus(1);
        f.settle();
        CHECK(told(f, a) == table{});
    }
    SECTION("it was cleared meanwhile, and makes room") {
        f.lose_bus(1);
        clear(f, c);
        f.connect_bus(1);
        f.settle();
        CHECK(told(f, a) == table{{f.id_of(c), "gone"}});
        set(f, b, "3");
        CHECK(told(f, a) == table{{f.id_of(b), "3"}});
    }
}

TEST_CASE("a change of a state at a time that no clock tells is not taken") {
    cluster_fixture f(2);
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    watch(f, b);
    told(f, b);
    forge(f, f.id_of(a), 1'000, update_time::max());
    forge(f, f.id_of(a), 1'001, latest + update_time::duration(1));
    CHECK(told(f, b) == table{});
    CHECK(f.member(1).counters().malformed == 2);
    forge(f, f.id_of(a), 1'002, latest);
    CHECK(told(f, b) == table{{f.id_of(a), "v"}});
    f.member(0).leave(f.now);
    f.pump(0);
    f.settle();
    const auto end = f.host(1).messages(b.transport);
    REQUIRE(end.size() == 1);
    CHECK(get<group_state_update_message>(end.front()).items.front().updated_at > latest);
}

TEST_CASE("an answer that comes too late for those who have waited still counts") {
    cluster_fixture f(2, {.answer = 1s});
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    set(f, a, "1");
    f.is_immediate = false;
    watch(f, b);
    while (f.bus.move_up(1)) {}
    // The question is asked again before the first answer is there, and each time so.
    for (int i = 0; i < 3; ++i) f.pass(1s);
    CHECK(told(f, b) == table{});
    while (const auto input = f.bus.move_down(0)) f.hear(0, *input);
    while (f.bus.move_up(0)) {}
    while (const auto input = f.bus.move_down(1)) f.hear(1, *input);
    CHECK(told(f, b) == table{{f.id_of(a), "1"}});
}

TEST_CASE("a node that has no time to answer is not asked all the time") {
    cluster_fixture f(2, {.answer = 0s});
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    set(f, a, "1");
    f.is_immediate = false;
    watch(f, b);
    f.member(1).handle_timeout(f.now);
    f.pump(1);
    const auto published = f.bus.published;
    for (int i = 0; i < 10; ++i) {
        f.member(1).handle_timeout(f.now);
        f.pump(1);
    }
    CHECK(f.bus.published == published);
    CHECK(f.member(1).poll_timeout() > f.now.steady);
    CHECK(told(f, b) == table{});
    f.settle();
    CHECK(told(f, b) == table{{f.id_of(a), "1"}});
}
