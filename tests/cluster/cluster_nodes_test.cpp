// SPDX-License-Identifier: MIT

// Nodes that come, go, stand still and are cut off, and a bus that loses, repeats and forges.

#include "cluster/cluster_fixture.hpp"

using namespace cluster_tests;

namespace {

std::string forged(node_id from, std::uint64_t sequence, const bus_message& message) {
    std::string bytes;
    append_bus_message({from, sequence, false}, message, bytes);
    return bytes;
}

constexpr bus_channel_kind to_all = bus_channel_kind::all;

} // namespace

TEST_CASE("nodes know each other as soon as the broker has their subscriptions") {
    cluster_fixture f(3, {}, {}, false);
    for (std::size_t i = 0; i < 3; ++i) f.connect_bus(i);
    f.settle();
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(f.member(i).nodes().size() == 2);
        std::size_t joined = 0;
        for (const auto& event : f.events_of(i)) joined += holds_alternative<cluster_events::node_joined>(event);
        CHECK(joined == 2);
    }
    f.pass(60s);
    for (std::size_t i = 0; i < 3; ++i) CHECK(f.events_of(i).empty());
}

TEST_CASE("a node that ends is lost at once, and one that is silent after its time") {
    cluster_fixture f(3);
    const auto first = f.member(0).id();
    const auto second = f.member(1).id();
    f.member(0).leave(f.now);
    f.pump(0);
    f.settle();
    auto lost = f.event_of<cluster_events::node_lost>(2);
    REQUIRE(lost);
    CHECK(lost->node == first);
    CHECK(lost->has_said_bye);
    f.standing_still.insert(0);
    f.crash(1);
    f.pass(9500ms);
    CHECK_FALSE(f.event_of<cluster_events::node_lost>(2));
    f.pass(1s);
    lost = f.event_of<cluster_events::node_lost>(2);
    REQUIRE(lost);
    CHECK(lost->node == second);
    CHECK_FALSE(lost->has_said_bye);
    CHECK(f.member(2).nodes().empty());
}

TEST_CASE("a place that two nodes have is told, also when it is the same host that has started again") {
    cluster_fixture f(2);
    f.crash(0);
    f.connect_bus(0);
    f.settle();
    const auto joined = f.event_of<cluster_events::node_joined>(1);
    REQUIRE(joined);
    CHECK(joined->is_place_taken);
    CHECK(joined->node == f.member(0).id());
    f.pass(11s);
    CHECK(f.member(1).nodes() == std::vector{f.member(0).id()});
}

TEST_CASE("a node that stood still for too long goes on as another, without its clients") {
    cluster_fixture f(3);
    const auto a = f.connect(0, "alice", {"g"});
    const auto b = f.connect(1, "bob", {"g"});
    const auto before = f.member(0).id();
    f.standing_still.insert(0);
    f.is_immediate = false;
    for (int i = 0; i < 24; ++i) {
        f.pass(500ms);
        for (const std::size_t node : {1u, 2u}) {
            while (f.bus.move_up(node)) {}
            while (const auto input = f.bus.move_down(node)) f.hear(node, *input);
        }
    }
    CHECK(f.event_of<cluster_events::node_lost>(1)->node == before);
    f.standing_still.clear();
    f.is_immediate = true;
    // Whatever it is told first: here a frame of a client, who is closed before anybody else hears of it.
    f.text(a, R"({"type":"sendToGroup","group":"g","data":1})");
    const auto fenced = f.event_of<cluster_events::fenced>(0);
    REQUIRE(fenced);
    CHECK(fenced->before == before);
    CHECK(fenced->now == f.member(0).id());
    CHECK(f.host(0).close_of(a.transport)->code == close_code::going_away);
    CHECK(f.take(b).empty());
    f.pass(1s);
    CHECK(f.member(1).nodes().size() == 2);
    CHECK(f.member(0).nodes().size() == 2);
    f.gone(a);
    const auto again = f.connect(0, "alice", {"g"});
    CHECK(f.id_of(again).starts_with(f.member(0).id().to_string()));
    f.take(b);
    f.text(again, R"({"type":"sendToGroup","group":"g","dataType":"text","data":"x"})");
    CHECK(f.take(b).size() == 1);
}

TEST_CASE("a node that was cut off alone finds out from the others that it is dead, and they stay") {
    cluster_fixture f(3);
    const auto a = f.connect(0);
    const auto b = f.connect(1);
    const auto before = f.member(0).id();
    SECTION("it knows that the bus is lost") { f.lose_bus(0); }
    SECTION("its line carries nothing") { f.bus.set_mute(0, true); }
    f.pass(15s);
    CHECK(f.member(1).nodes().size() == 1);
    CHECK_FALSE(f.host(0).close_of(a.transport));
    if (f.bus.is_connected(0)) {
        f.bus.set_mute(0, false);
    } else {
        f.connect_bus(0);
    }
    f.pass(5s);
    CHECK(f.event_of<cluster_events::fenced>(0)->before == before);
    CHECK(f.host(0).close_of(a.transport)->code == close_code::going_away);
    CHECK_FALSE(f.host(1).close_of(b.transport));
    for (std::size_t i = 0; i < 3; ++i) CHECK(f.member(i).nodes().size() == 2);
}

TEST_CASE("of two that were cut off from each other one goes on") {
    cluster_fixture f(2);
    const auto a = f.connect(0);
    const auto b = f.connect(1);
    f.bus.set_mute(0, true);
    f.pass(15s);
    CHECK(f.member(0).nodes().empty());
    CHECK(f.member(1).nodes().empty());
    f.bus.set_mute(0, false);
    f.pass(5s);
    CHECK(f.member(0).nodes() == std::vector{f.member(1).id()});
    CHECK(f.member(1).nodes() == std::vector{f.member(0).id()});
    CHECK(f.host(0).close_of(a.transport).has_value() != f.host(1).close_of(b.transport).has_value());
}

TEST_CASE("while the broker is away nobody is dead, and everything is as before when it is back") {
    cluster_fixture f(2);
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    f.lose_bus(0);
    f.lose_bus(1);
    f.pass(60s);
    f.connect_bus(0);
    f.connect_bus(1);
    f.pass(1s);
    CHECK_FALSE(f.event_of<cluster_events::node_lost>(0));
    CHECK_FALSE(f.event_of<cluster_events::fenced>(1));
    f.text(a, R"({"type":"sendToGroup","group":"g","dataType":"text","data":"x"})");
    CHECK(f.take(b).size() == 1);
}

TEST_CASE("a message that is lost shows with the next, and one that comes twice is taken once") {
    cluster_fixture f(2);
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1, {}, {"g"});
    const auto send = [&] { f.text(a, R"({"type":"sendToGroup","group":"g","data":1,"noEcho":true})"); };
    send();
    f.is_immediate = false;
    send();
    send();
    send();
    while (f.bus.move_up(0)) {}
    REQUIRE(f.bus.lose_next(1));
    REQUIRE(f.bus.lose_next(1));
    REQUIRE(f.bus.repeat_next(1));
    f.settle();
    CHECK(f.take(b).size() == 2);
    const auto gap = f.event_of<cluster_events::gap>(1);
    REQUIRE(gap);
    CHECK(gap->node == f.member(0).id());
    CHECK(gap->channel == bus_channel{bus_channel_kind::group, "g"});
    CHECK(gap->count == 2);
    CHECK(f.member(1).counters().missing == 2);
    CHECK(f.member(1).counters().repeated == 1);
}

TEST_CASE("what was sent between two subscriptions is not missing") {
    cluster_fixture f(2, {.interest_linger = duration::zero()});
    const auto a = f.connect(0, {}, {"g"});
    const auto b = f.connect(1);
    f.text(b, R"({"type":"joinGroup","group":"g"})");
    f.pass(9s);
    f.is_immediate = false;
    const auto send = [&] {
        f.text(a, R"({"type":"sendToGroup","group":"g","data":1})");
        CHECK(f.bus.move_up(0));
    };
    // On its way when the subscription ends and the next one begins.
    send();
    f.text(b, R"({"type":"leaveGroup","group":"g"})");
    f.pass(500ms);
    f.text(b, R"({"type":"joinGroup","group":"g"})");
    CHECK(f.bus.up(1) == 2);
    while (const auto input = f.bus.move_down(1)) f.hear(1, *input);
    CHECK(f.bus.move_up(1));
    send();
    f.settle();
    f.take(b);
    send();
    f.settle();
    CHECK(f.take(b).size() == 1);
    CHECK_FALSE(f.event_of<cluster_events::gap>(1));
}

TEST_CASE("nodes with other options are told, once") {
    cluster_fixture f(1);
    bus_messages::heartbeat beat;
    beat.options_hash = 1;
    for (std::uint64_t i = 1; i < 4; ++i) {
        f.hear(0, {{to_all, {}}, forged(node_id::of_number(7), i, beat)});
    }
    std::size_t told = 0;
    for (const auto& event : f.events_of(0)) told += holds_alternative<cluster_events::options_differ>(event);
    CHECK(told == 1);
}

TEST_CASE("what can't be read or makes no sense is counted, and nothing comes of it") {
    cluster_fixture f(1);
    const auto a = f.connect(0, {}, {"g"});
    const auto other = node_id::of_number(7);
    const auto& counters = f.member(0).counters();
    const bus_channel group{bus_channel_kind::group, "g"};
    bus_messages::publication message{"g", "", text_payload("x"), {}, {}, {}, true};

    f.hear(0, {group, ""});
    f.hear(0, {group, "\x01short"});
    CHECK(counters.malformed == 2);
    f.hear(0, {group, "\x02 a later version"});
    CHECK(counters.unsupported_version == 1);
    auto number = std::uint64_t{1};
    const auto tell = [&](const bus_channel& on, const bus_message& what) {
        f.hear(0, {on, forged(other, number++, what)});
    };
    // Of another group than the channel's, of a kind that is not for the channel, with a filter or a time that is none.
    tell({bus_channel_kind::group, "not wanted"}, message);
    CHECK(counters.late == 1);
    auto wrong = message;
    wrong.group = "h";
    tell(group, wrong);
    tell(group, bus_messages::bye{});
    tell(group, bus_messages::command{1, 6, {}, {}, 0, {}});
    tell({to_all, {}}, bus_messages::reply{1, 1, 0, {}});
    wrong = message;
    wrong.to.filter = "no filter";
    tell(group, wrong);
    wrong = message;
    wrong.to.time_to_live_ms = 1'000'000'000;
    tell(group, wrong);
    wrong = message;
    wrong.data = {data_type::json, "{"};
    tell(group, wrong);
    CHECK(counters.malformed == 9);
    CHECK(f.take(a).empty());
    wrong = message;
    wrong.to.time_to_live_ms = 0;
    tell(group, wrong);
    CHECK(f.take(a).empty());
    tell(group, message);
    CHECK(f.take(a).size() == 1);
    CHECK(counters.malformed == 9);

    // A reply to nothing, a command of an unknown kind and one with a permission that there is not.
    const bus_channel own{bus_channel_kind::node, f.member(0).id().to_string()};
    tell(own, bus_messages::reply{1, 1, 0, {}});
    tell(own, bus_messages::states{1, "g", {}, false});
    tell(own, bus_messages::command{1, 99, {}, {}, 0, {}});
    tell(own, bus_messages::command{1, 4, {}, {}, 99, {}});
    tell(own, bus_messages::question{1, 99, {}, {}, {}, 0, {}, 0});
    CHECK(f.hub_of(0).connection_exists(f.id_of(a)));
}

TEST_CASE("no more nodes are known than there may be") {
    cluster_fixture f(1, {.max_nodes = 2});
    for (std::uint64_t i = 1; i < 5; ++i) {
        f.hear(0, {{to_all, {}}, forged(node_id::of_number(i), 1, bus_messages::heartbeat{})});
    }
    CHECK(f.member(0).nodes().size() == 2);
    CHECK(f.member(0).counters().from_dead == 2);
}

TEST_CASE("a member is made with a place, and its hub names connections by it") {
    hub_fixture host(node_options({}, {}));
    const secure_random random{nullptr,
                               [](void*, unsigned char* bytes, std::size_t size) { std::fill_n(bytes, size, 1); }};
    for (const auto* const place : {"", "000", "00000", "000g", "-001"}) {
        CHECK(cluster_member::make(host.hub, place, {}, random).error() == error::about(errc::invalid_field, "place"));
    }
    CHECK(cluster_member::make(host.hub, "00Af", {}, random)->id().to_string() == "00af01010101");
}

TEST_CASE("what comes back of an id that a node has had is from nobody, however short the memory for the dead is") {
    cluster_fixture f(2, {.order = bus_order_rule::by_bus, .memory = 0s});
    const auto a = f.connect(0, "a", {"g"});
    f.is_immediate = false;
    f.text(a, R"({"type":"sendToGroup","group":"g","dataType":"text","data":"x"})");
    while (f.bus.move_up(0)) {}
    const auto before = f.member(0).id();
    f.now.steady += 11s;
    f.member(0).handle_timeout(f.now);
    f.pump(0);
    REQUIRE(f.member(0).id() != before);
    f.now.steady += 1s;
    f.member(0).handle_timeout(f.now);
    f.pump(0);
    f.settle();
    CHECK(f.member(0).nodes() == std::vector{f.member(1).id()});
}
