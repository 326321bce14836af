// SPDX-License-Identifier: MIT

// Where two features of a cluster meet: commands and nodes that are silent, subscriptions and the loss of the bus,
// limits of the bus and those of a hub.

#include "cluster/cluster_fixture.hpp"

using namespace cluster_tests;

namespace {

const bus_channel channel_g{bus_channel_kind::group, "g"};

std::string text_for_g(const std::string& text) {
    return R"({"type":"sendToGroup","group":"g","dataType":"text","data":")" + text + R"("})";
}

/// The transport of a client that was let in.
transport_id let_in(cluster_fixture& f, std::size_t i, const connect_request& asked) {
    const auto outcome = f.hub_of(i).admit(f.now, asked);
    f.pump(i);
    f.settle();
    return get<accepted>(f.host(i).outcomes.at(get<waiting>(outcome).id)).transport;
}

} // namespace

TEST_CASE("a command to several is not done while a node has not said so") {
    cluster_fixture f(3);
    f.connect(1, "u");
    f.connect(2, "u");
    f.pass(4s);
    f.lose_bus(1);
    const auto told = f.answer_of(1, f.member(1).close(f.now, {.user_id = "u"}));
    CHECK(told.outcome == cluster_outcome::unknown);
    CHECK(told.count == 1);
    // A question is answered by one yes.
    const auto other = f.connect(1, "v");
    CHECK(f.answer_of(1, f.member(1).ask_user(f.now, "v")).outcome == cluster_outcome::done);
    CHECK(f.answer_of(1, f.member(1).close(f.now, {.connection_id = f.id_of(other)})).outcome == cluster_outcome::done);
}

TEST_CASE("nobody is absent while the bus is away, nor before the others are heard again") {
    cluster_fixture f(2);
    f.pass(4s);
    REQUIRE(f.member(0).knows_nodes_from());
    f.lose_bus(0);
    CHECK_FALSE(f.member(0).knows_nodes_from());
    f.crash(1);
    f.connect_bus(1);
    const auto b = f.connect(1, "bob", {"g"});
    auto& member = f.member(0);
    const cluster_target who{.connection_id = f.id_of(b)};
    CHECK(f.answer_of(0, member.ask_connection(f.now, who.connection_id)).outcome == cluster_outcome::unknown);
    CHECK(f.answer_of(0, member.close(f.now, who)).outcome == cluster_outcome::unknown);
    CHECK(f.answer_of(0, member.ask_user(f.now, "bob")).outcome == cluster_outcome::unknown);
    CHECK(f.answer_of(0, member.list_members(f.now, "g", {}, 10)).outcome == cluster_outcome::unknown);
    CHECK(f.answer_of(0, member.close(f.now, {.user_id = "bob"})).outcome == cluster_outcome::unknown);
    f.connect_bus(0);
    f.settle();
    REQUIRE(member.knows_nodes_from());
    CHECK(*member.knows_nodes_from() > f.now.steady);
    CHECK(f.answer_of(0, member.ask_connection(f.now, who.connection_id)).outcome == cluster_outcome::done);
}

TEST_CASE("what the bus does not take ends no other question") {
    cluster_options small;
    small.bus.max_bytes = 400;
    cluster_fixture f(2, small);
    f.pass(4s);
    f.connect(1, "u");
    f.is_immediate = false;
    const auto question = f.member(0).ask_user(f.now, "u");
    REQUIRE(question);
    const auto told = f.answer_of(0, f.member(0).close(f.now, {.user_id = "w"}, std::string(1000, 'x')));
    CHECK(told.outcome == cluster_outcome::unknown);
    f.settle();
    const auto answer = f.event_of<cluster_events::answered>(0);
    REQUIRE(answer);
    CHECK(answer->id == *question);
    CHECK(answer->outcome == cluster_outcome::done);
}

TEST_CASE("who is added to a group and removed at once is no member") {
    for (const std::size_t asked : {0u, 1u}) {
        cluster_fixture f(2);
        const auto c = f.connect(0);
        const cluster_target who{.connection_id = f.id_of(c)};
        f.is_immediate = false;
        SECTION("from the group") {
            REQUIRE(f.member(asked).add_to_group(f.now, who, "g"));
            REQUIRE(f.member(asked).remove_from_group(f.now, who, "g"));
        }
        SECTION("from all groups") {
            REQUIRE(f.member(asked).add_to_group(f.now, who, "h"));
            REQUIRE(f.member(asked).add_to_group(f.now, who, "g"));
            REQUIRE(f.member(asked).remove_from_all_groups(f.now, who));
        }
        f.pump(asked);
        f.settle();
        CHECK_FALSE(f.hub_of(0).is_in_group(who.connection_id, "g"));
        for (const auto& each : f.events_of(asked)) {
            if (const auto* const told = get_if<cluster_events::answered>(&each)) {
                CHECK(told->outcome == cluster_outcome::done);
            }
        }
    }
}

TEST_CASE("calls that wait for a subscription count towards the limit, and a wrong filter is an error") {
    cluster_fixture f(1, {.max_pending = 1});
    const auto a = f.connect(0);
    f.is_immediate = false;
    CHECK(f.member(0).add_to_group(f.now, {.connection_id = f.id_of(a)}, "g"));
    CHECK(f.member(0).add_to_group(f.now, {.connection_id = f.id_of(a)}, "h").error().code == errc::too_many_pending);
    CHECK(f.member(0).close(f.now, {.filter = "nonsense("}).error().code == errc::invalid_argument);
}

TEST_CASE("who was let in misses nothing, whatever becomes of the bus before the connection opens") {
    cluster_fixture f(2);
    const auto other = f.connect(1, {}, {"g"});
    const auto asked = f.request("c", {"g"});
    std::optional<transport_id> opening;
    SECTION("the bus is lost, and the last member leaves meanwhile") {
        const auto member = f.connect(0, {}, {"g"});
        opening = let_in(f, 0, asked);
        f.lose_bus(0);
        f.gone(member);
        f.connect_bus(0);
        f.settle();
    }
    SECTION("the bus is away when it is let in") {
        f.lose_bus(0);
        opening = let_in(f, 0, asked);
        f.connect_bus(0);
        f.settle();
    }
    f.hub_of(0).handle_opened(f.now, *opening);
    f.pump(0);
    CHECK(f.host(0).take(*opening).size() == 1);
    f.text(other, text_for_g("1"));
    CHECK(f.host(0).take(*opening) == strings{json_frames::group_message("g", "1", "")});
}

TEST_CASE("a join that waits for the first bus is not forgotten when somebody else leaves the group") {
    cluster_fixture f(1, {}, {}, false);
    f.is_immediate = false;
    const auto a = f.connect(0);
    const auto b = f.connect(0);
    f.text(a, R"({"type":"joinGroup","group":"g","ackId":1})");
    f.pass(5s);
    f.text(b, R"({"type":"joinGroup","group":"g","ackId":1})");
    f.pass(3500ms);
    REQUIRE(f.take(a) == strings{json_frames::ack("1")});
    f.text(a, R"({"type":"leaveGroup","group":"g"})");
    f.connect_bus(0);
    f.settle();
    CHECK(f.member(0).is_subscribed(channel_g));
    CHECK(f.take(b) == strings{json_frames::ack("1")});
}

TEST_CASE("a join is done when the nodes have released it, also of a client that does not read") {
    hub_options of_hub;
    of_hub.queues.outbound.frames = 8;
    of_hub.queues.stall_time = std::nullopt;
    of_hub.queues.slow_after = std::nullopt;
    cluster_fixture f(2, {}, of_hub);
    const auto a = f.connect(0);
    f.is_immediate = false;
    f.text(a, R"({"type":"joinGroup","group":"g","ackId":1})");
    f.host(0).stalled.insert(a.transport);
    for (int i = 0; i < 6; ++i) REQUIRE(f.hub_of(0).send_to_connection(f.now, f.id_of(a), payload_view::text("x")));
    f.pump(0);
    f.settle();
    CHECK(f.hub_of(0).is_in_group(f.id_of(a), "g"));
    f.pass(20s);
    CHECK(f.bus.is_subscribed(0, channel_g));
}

TEST_CASE("a longer linger is not shortened by who comes and goes") {
    cluster_fixture f(1, {.interest_linger = 600s});
    f.gone(f.connect(0, {}, {"g"}));
    const auto let = let_in(f, 0, f.request({}, {"g", "h"}));
    f.hub_of(0).handle_closed(f.now, let);
    f.pass(300s, 10s);
    CHECK(f.bus.is_subscribed(0, channel_g));
}

TEST_CASE("a client misses nothing that opens its connection as late as its hub allows") {
    hub_options of_hub;
    SECTION("late") { of_hub.timeouts.open = 300s; }
    SECTION("at any time") { of_hub.timeouts.open = std::nullopt; }
    cluster_fixture f(2, {}, of_hub);
    const client a{0, let_in(f, 0, f.request({}, {"g"}))};
    f.pass(290s, 1s);
    f.hub_of(0).handle_opened(f.now, a.transport);
    REQUIRE(f.member(1).send_to_group(f.now, "g", payload_view::text("x")));
    f.settle();
    CHECK(f.take(a).size() == 2);
}

TEST_CASE("a client's message is as long as its node allows, on all nodes") {
    for (const auto order : {bus_order_rule::by_sender, bus_order_rule::by_bus}) {
        hub_options of_hub;
        of_hub.frames.max_payload_size = 10;
        cluster_fixture f(2, {.order = order}, of_hub);
        const auto a = f.connect(0, {}, {"g"});
        const auto b = f.connect(1, {}, {"g"});
        f.text(a, text_for_g("longer than ten bytes"));
        CHECK(f.take(a).size() == 1);
        CHECK(f.take(b).size() == 1);
    }
}

TEST_CASE("what is too long for the bus reaches the connections of its node in any order, and is counted") {
    for (const auto order : {bus_order_rule::by_sender, bus_order_rule::by_bus}) {
        cluster_options small{.order = order};
        small.bus.max_bytes = 400;
        cluster_fixture f(2, small);
        const auto a = f.connect(0, {}, {"g"});
        const auto b = f.connect(1, {}, {"g"});
        f.text(a, text_for_g(std::string(1000, 'x')));
        CHECK(f.take(a).size() == 1);
        CHECK(f.member(0).send_to_all(f.now, payload_view::text(std::string(1000, 'x'))));
        f.pump(0);
        f.settle();
        CHECK(f.take(a).size() == 1);
        CHECK(f.take(b).empty());
        CHECK(f.member(0).counters().unsent == 2);
    }
}

TEST_CASE("a message to one connection is not for its sender, if the application says so") {
    cluster_fixture f(2);
    const auto a = f.connect(0);
    const auto id = f.id_of(a);
    for (const std::size_t from : {0u, 1u}) {
        cluster_send_options how;
        how.sender = id;
        how.no_echo = true;
        CHECK(f.member(from).send_to_connection(f.now, id, payload_view::text("x"), how));
        f.pump(from);
        f.settle();
        CHECK(f.take(a).empty());
    }
}

TEST_CASE("an invocation is made when its wait for own messages is over") {
    hub_options of_hub;
    of_hub.timeouts.held_request = 1s;
    cluster_fixture f(1, {.order = bus_order_rule::by_bus}, of_hub);
    const auto a = f.connect(0);
    f.is_immediate = false;
    f.text(a, text_for_g("1"));
    f.text(a, R"({"type":"invoke","invocationId":"i","target":"event","event":"e","dataType":"text","data":"x"})");
    CHECK(f.host(0).invocations.empty());
    f.pass(2s);
    CHECK(f.host(0).invocations.size() == 1);
}

TEST_CASE("a node that has ended finds nobody lost and has no deadlines") {
    cluster_fixture f(2);
    f.pass(4s);
    f.events_of(0);
    f.member(0).leave(f.now);
    f.pump(0);
    f.pass(20s);
    CHECK(f.events_of(0).empty());
    CHECK_FALSE(f.member(0).poll_timeout());
}
