// SPDX-License-Identifier: MIT

// Commands and questions of the application, to connections on any node.

#include "cluster/cluster_fixture.hpp"

using namespace cluster_tests;
using its_outcome = cluster_outcome;

TEST_CASE("a command reaches a connection on whichever node it is") {
    cluster_fixture f(3);
    const auto a = f.connect(0, "alice");
    const cluster_target who{.connection_id = f.id_of(a)};
    for (const std::size_t from : {0u, 2u}) {
        CAPTURE(from);
        auto& member = f.member(from);
        const auto asked = [&](const result<cluster_request_id>& id) { return f.answer_of(from, id).outcome; };
        CHECK(asked(member.ask_connection(f.now, who.connection_id)) == its_outcome::done);
        CHECK(asked(member.add_to_group(f.now, who, "g")) == its_outcome::done);
        CHECK(f.hub_of(0).is_in_group(who.connection_id, "g"));
        CHECK(f.bus.is_subscribed(0, {bus_channel_kind::group, "g"}));
        CHECK(asked(member.ask_group(f.now, "g")) == its_outcome::done);
        CHECK(asked(member.remove_from_group(f.now, who, "g")) == its_outcome::done);
        CHECK_FALSE(f.hub_of(0).is_in_group(who.connection_id, "g"));
        CHECK(asked(member.ask_group(f.now, "g")) == its_outcome::absent);
        CHECK(asked(member.ask_permission(f.now, who.connection_id, permission::send_to_group, "x")) ==
              its_outcome::done);
        CHECK(asked(member.revoke(f.now, who, permission::send_to_group, "x")) == its_outcome::done);
        CHECK(asked(member.ask_permission(f.now, who.connection_id, permission::send_to_group, "x")) ==
              its_outcome::absent);
        CHECK(asked(member.grant(f.now, who, permission::send_to_group, "x")) == its_outcome::done);
        CHECK(asked(member.ask_permission(f.now, who.connection_id, permission::send_to_group, "x")) ==
              its_outcome::done);
        CHECK(asked(member.add_to_group(f.now, who, "h")) == its_outcome::done);
        CHECK(asked(member.remove_from_all_groups(f.now, who)) == its_outcome::done);
        CHECK_FALSE(f.hub_of(0).is_in_group(who.connection_id, "h"));
    }
    CHECK(f.answer_of(1, f.member(1).close(f.now, who, "enough")).count == 1);
    CHECK(f.host(0).close_of(a.transport)->code == close_code::normal);
    f.gone(a);
    CHECK(f.answer_of(1, f.member(1).ask_connection(f.now, who.connection_id)).outcome == its_outcome::absent);
    CHECK(f.answer_of(1, f.member(1).close(f.now, who)).outcome == its_outcome::absent);
}

TEST_CASE("a command reaches the connections of a user, of a group, and those that a filter holds for") {
    cluster_fixture f(3);
    const auto a = f.connect(0, "u");
    const auto b = f.connect(1, "u");
    const auto c = f.connect(2, "v", {"g"});
    auto& member = f.member(2);
    CHECK(f.answer_of(2, member.ask_user(f.now, "u")).outcome == its_outcome::done);
    CHECK(f.answer_of(2, member.ask_user(f.now, "w")).outcome == its_outcome::absent);
    auto told = f.answer_of(2, member.add_to_group(f.now, {.user_id = "u"}, "g"));
    CHECK(told.outcome == its_outcome::done);
    CHECK(told.count == 2);
    told = f.answer_of(2, member.add_to_group(f.now, {.filter = "userId eq 'v'", .except = {}}, "h"));
    CHECK(told.count == 1);
    CHECK(f.hub_of(2).is_in_group(f.id_of(c), "h"));
    told = f.answer_of(0, f.member(0).close(f.now, {.group = "g", .except = {f.id_of(b)}}));
    CHECK(told.count == 2);
    CHECK(f.host(0).close_of(a.transport));
    CHECK_FALSE(f.host(1).close_of(b.transport));
    CHECK(f.host(2).close_of(c.transport));
    told = f.answer_of(0, f.member(0).close(f.now, {}));
    CHECK(told.count == 1);
    CHECK(f.answer_of(0, f.member(0).close(f.now, {})).outcome == its_outcome::absent);
}

TEST_CASE("the members of a group are listed in one order over all nodes") {
    cluster_fixture f(3);
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < 9; ++i) {
        ids.push_back(f.id_of(f.connect(i % 3, "u" + std::to_string(i), {"g"})));
    }
    std::sort(ids.begin(), ids.end());
    std::vector<std::string> listed;
    std::string from;
    for (int page = 0; page < 4; ++page) {
        const auto told = f.answer_of(1, f.member(1).list_members(f.now, "g", from, 4));
        for (const auto& each : told.members) {
            listed.push_back(each.connection_id);
            CHECK(each.user_id.starts_with("u"));
        }
        if (told.members.size() < 4) break;
        from = listed.back() + '\0';
    }
    CHECK(listed == ids);
}

TEST_CASE("who does not answer is unknown, and a yes is enough") {
    cluster_fixture f(3);
    f.connect(0, "u");
    const auto b = f.connect(1, "w");
    f.is_immediate = false;
    const auto ask = [&](const result<cluster_request_id>& id) {
        REQUIRE(id);
        f.pump(2);
        while (f.bus.move_up(2)) {}
        while (const auto input = f.bus.move_down(0)) f.hear(0, *input);
        while (f.bus.move_up(0)) {}
        while (const auto input = f.bus.move_down(2)) f.hear(2, *input);
        CHECK_FALSE(f.event_of<cluster_events::answered>(2));
        f.pass(5s);
        const auto told = f.event_of<cluster_events::answered>(2);
        REQUIRE(told);
        f.settle();
        return told->outcome;
    };
    CHECK(ask(f.member(2).ask_user(f.now, "u")) == its_outcome::done);
    CHECK(ask(f.member(2).ask_user(f.now, "v")) == its_outcome::unknown);
    CHECK(ask(f.member(2).ask_connection(f.now, f.id_of(b))) == its_outcome::unknown);
}

TEST_CASE("a question ends with the node that was asked, and with the bus") {
    cluster_fixture f(2);
    const auto a = f.connect(0);
    const auto id = f.id_of(a);
    f.is_immediate = false;
    REQUIRE(f.member(1).ask_connection(f.now, id));
    SECTION("the node says goodbye") {
        f.member(0).leave(f.now);
        f.pump(0);
        f.settle();
        CHECK(f.event_of<cluster_events::node_lost>(1)->has_said_bye);
    }
    SECTION("the bus is lost") {
        f.lose_bus(1);
        const auto told = f.event_of<cluster_events::answered>(1);
        REQUIRE(told);
        CHECK(told->outcome == its_outcome::unknown);
        // At once, while there is no bus.
        REQUIRE(f.member(1).ask_connection(f.now, id));
        CHECK(f.event_of<cluster_events::answered>(1).has_value() == false);
        f.pump(1);
        CHECK(f.event_of<cluster_events::answered>(1)->outcome == its_outcome::unknown);
    }
}

TEST_CASE("an id of a node that nobody has heard of is unknown at first, and then not there") {
    cluster_fixture f(1, {}, {}, false);
    f.connect_bus(0);
    f.settle();
    f.is_immediate = true;
    const std::string id = "aaaa" + std::string(40, '0');
    REQUIRE(f.member(0).ask_connection(f.now, id));
    f.pass(5s);
    CHECK(f.event_of<cluster_events::answered>(0)->outcome == its_outcome::unknown);
    CHECK(f.answer_of(0, f.member(0).ask_connection(f.now, id)).outcome == its_outcome::absent);
    CHECK(f.answer_of(0, f.member(0).ask_connection(f.now, "no id of a cluster")).outcome == its_outcome::absent);
}

TEST_CASE("who is added to a group by another node misses nothing after the answer") {
    cluster_fixture f(2);
    const auto a = f.connect(0);
    f.is_immediate = false;
    const auto asked = f.member(1).add_to_group(f.now, {.connection_id = f.id_of(a)}, "g");
    REQUIRE(asked);
    f.pump(1);
    while (f.bus.move_up(1)) {}
    while (const auto input = f.bus.move_down(0)) f.hear(0, *input);
    // The broker is asked for the channel first.
    CHECK_FALSE(f.hub_of(0).is_in_group(f.id_of(a), "g"));
    CHECK(f.member(0).waiting_count() == 1);
    SECTION("it has it") {
        f.settle();
        CHECK(f.event_of<cluster_events::answered>(1)->outcome == its_outcome::done);
        CHECK(f.hub_of(0).is_in_group(f.id_of(a), "g"));
    }
    SECTION("it does not answer") {
        f.pass(8s);
        CHECK_FALSE(f.hub_of(0).is_in_group(f.id_of(a), "g"));
        CHECK(f.event_of<cluster_events::answered>(1)->outcome == its_outcome::unknown);
    }
}

TEST_CASE("what no hub can do is refused at once, and what too many wait for") {
    cluster_fixture f(2, {.max_pending = 2});
    auto& member = f.member(0);
    CHECK(member.add_to_group(f.now, {}, "").error() == errc::invalid_group_name);
    CHECK(member.grant(f.now, {}, permission::send_to_group, "").error() == errc::invalid_group_name);
    CHECK(member.revoke(f.now, {}, permission::send_to_group, "").error() == errc::invalid_group_name);
    CHECK(member.close(f.now, {}, "\xFF").error() == errc::invalid_utf8);
    REQUIRE(member.ask_user(f.now, "a"));
    REQUIRE(member.ask_user(f.now, "b"));
    CHECK(member.ask_user(f.now, "c").error() == errc::too_many_pending);
    f.settle();
    CHECK(member.ask_user(f.now, "c"));
}

TEST_CASE("a limit of another node's hub is told") {
    hub_options of_hub;
    of_hub.groups.max_per_connection = 1;
    cluster_fixture f(2, {}, of_hub);
    const auto a = f.connect(0, {}, {"g"});
    const auto told = f.answer_of(1, f.member(1).add_to_group(f.now, {.connection_id = f.id_of(a)}, "h"));
    CHECK(told.outcome == its_outcome::limit_reached);
    CHECK(told.count == 0);
}
