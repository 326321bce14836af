// SPDX-License-Identifier: MIT

// Clients that recover their connections by another node than the connections'.

#include "cluster/relay_fixture.hpp"

using namespace cluster_tests;

namespace {

std::string message_of(const std::string& text, std::uint64_t number) {
    return R"({"sequenceId":)" + std::to_string(number) +
           R"(,"type":"message","from":"group","group":"g","dataType":"text","data":")" + text +
           R"(","fromUserId":null})";
}

} // namespace

TEST_CASE("a client goes on by another node, and nothing is lost") {
    relay_fixture f;
    const auto other = f.connect(2, {}, {"g"});
    const auto a = f.connect_reliable(0, {}, {"g"});
    const auto id = f.id_of(a);
    f.text(other, to_group_g("1"));
    CHECK(f.take(a) == strings{message_of("1", 1)});
    f.gone(a, close_code::abnormal);
    f.text(other, to_group_g("2"));
    const auto b = f.recover_at(1, a);
    auto got = f.take(b);
    REQUIRE(got.size() == 3);
    CHECK(hub_fixture::member(got[0], "connectionId") == id);
    CHECK(strings(got.begin() + 1, got.end()) == strings{message_of("1", 1), message_of("2", 2)});
    f.take(other);

    f.text(b, R"({"type":"sequenceAck","sequenceId":2})");
    f.text(b, to_group_g("3", R"(,"ackId":1)"));
    CHECK(f.take(other) == strings{json_frames::group_message("g", "3", "")});
    got = f.take(b);
    CHECK(std::count(got.begin(), got.end(), json_frames::ack("1")) == 1);
    CHECK(std::count(got.begin(), got.end(), message_of("3", 3)) == 1);
    // What the service knows of it is as before.
    CHECK(f.hub_of(0).is_in_group(id, "g"));
    CHECK_FALSE(f.hub_of(1).connection_exists(id));
    CHECK(f.hub_of(1).connection_count() == 0);
    CHECK(f.member(2).send_to_connection(f.now, id, payload_view::text("for you")));
    f.settle();
    f.pump(2);
    f.settle();
    CHECK(f.take(b).size() == 1);

    SECTION("it goes on by a third node, and the second transport is closed") {
        const auto c = f.recover_at(2, a);
        CHECK(f.close_code_of(b) == close_code::going_away);
        CHECK(f.take(c).size() == 3);
        CHECK(f.relays() == 2);
    }
    SECTION("it comes back to its node") {
        const auto c = f.recover_at(0, a);
        CHECK(f.close_code_of(b) == close_code::going_away);
        CHECK(f.take(c).size() == 3);
        CHECK(f.relays() == 0);
    }
    SECTION("it closes") {
        f.gone(b, close_code::normal);
        CHECK_FALSE(f.hub_of(0).connection_exists(id));
        CHECK(f.relays() == 0);
    }
    SECTION("its transport is gone, and it comes back in time or not") {
        f.gone(b, close_code::abnormal);
        CHECK(f.relays() == 0);
        CHECK(f.hub_of(0).connection_exists(id));
        SECTION("in time") { CHECK(f.take(f.recover_at(2, a)).size() == 3); }
        SECTION("too late") {
            f.pass(31s);
            CHECK_FALSE(f.hub_of(0).connection_exists(id));
            CHECK(f.close_code_of(f.recover_at(2, a)) == close_code::policy_violation);
        }
    }
    SECTION("the application closes it") {
        CHECK(f.hub_of(0).close_connection(f.now, id, "enough"));
        f.pump(0);
        f.settle();
        got = f.take(b);
        REQUIRE(got.size() == 1);
        CHECK(got[0].find("enough") != std::string::npos);
        CHECK(f.close_code_of(b) == close_code::normal);
        CHECK(f.relays() == 0);
    }
    SECTION("it sends what can't be read") {
        f.text(b, "{");
        CHECK(f.close_code_of(b) == close_code::invalid_payload);
        CHECK_FALSE(f.hub_of(0).connection_exists(id));
    }
    SECTION("its WebSocket layer can't read it") {
        f.hub_of(1).handle_bad_frame(f.now, b.transport);
        f.pump(1);
        f.settle();
        CHECK(f.close_code_of(b) == close_code::protocol_error);
        CHECK(f.relays() == 0);
    }
}

TEST_CASE("a recovery by another node is refused for the reasons of one hub") {
    relay_fixture f(2, {.relays = GENERATE(true, false)});
    const auto a = f.connect_reliable(0);
    f.gone(a, close_code::abnormal);
    SECTION("the token is wrong") {
        const auto b = f.recover_at(1, a, "wrong");
        CHECK(f.take(b).empty());
        CHECK(f.close_code_of(b) == close_code::policy_violation);
        // It has changed nothing.
        CHECK(f.take(f.recover_at(0, a)).size() == 1);
    }
    SECTION("the connection has ended") {
        f.pass(31s);
        CHECK(f.close_code_of(f.recover_at(1, a)) == close_code::policy_violation);
    }
    SECTION("the node is not there any more") {
        f.crash(0);
        f.pass(11s);
        // The client's address and secret are known to the test only.
        auto asked = hub_fixture::request(hub_fixture::reliable);
        asked.recovery = recovery_request{"0000000000ff" + std::string(32, 'a'), "token"};
        const client b{1, get<accepted>(f.hub_of(1).admit(f.now, asked)).transport};
        f.hub_of(1).handle_opened(f.now, b.transport);
        f.pump(1);
        f.settle();
        CHECK(f.close_code_of(b) == close_code::policy_violation);
    }
    CHECK(f.relays() == 0);
}

TEST_CASE("a client comes again whenever something of its relay may be missing") {
    relay_fixture f(3);
    const auto a = f.connect_reliable(0, {}, {"g"});
    const auto other = f.connect(2, {}, {"g"});
    f.gone(a, close_code::abnormal);
    const auto b = f.recover_at(1, a);
    REQUIRE(f.take(b).size() == 1);
    std::size_t back = 2;
    SECTION("a frame for the client is lost") {
        f.is_immediate = false;
        f.text(other, to_group_g("1"));
        while (f.bus.move_up(2)) {}
        f.hear(0, *f.bus.move_down(0));
        while (f.bus.move_up(0)) {}
        REQUIRE(f.bus.lose_next(1));
        f.is_immediate = true;
        CHECK_FALSE(f.close_code_of(b));
        // The next heartbeat shows it.
        f.pass(4s);
    }
    SECTION("a frame of the client is lost") {
        f.is_immediate = false;
        f.text(b, to_group_g("1"));
        while (f.bus.move_up(1)) {}
        REQUIRE(f.bus.lose_next(0));
        f.is_immediate = true;
        back = 1;
        f.pass(4s);
    }
    SECTION("the bus is lost at the node of the transport") {
        f.lose_bus(1);
        back = 1;
        CHECK(f.close_code_of(b) == close_code::going_away);
        f.connect_bus(1);
        f.settle();
        f.pass(11s);
    }
    SECTION("the bus is lost at the node of the connection") {
        f.lose_bus(0);
        back = 1;
        f.connect_bus(0);
        f.settle();
        f.pass(11s);
    }
    SECTION("the node of the transport ends") {
        CHECK(f.hub_of(1).close_all(f.now));
        f.member(1).leave(f.now);
        f.pump(1);
        f.settle();
        back = 1;
    }
    CHECK(f.close_code_of(b) == close_code::going_away);
    CHECK(f.hub_of(0).connection_exists(f.id_of(a)));
    CHECK(f.relays() == 0);
    CHECK(f.take(f.recover_at(2, a)).size() == back);
}

TEST_CASE("a relay ends with either of its nodes") {
    relay_fixture f(3);
    const auto a = f.connect_reliable(0, {}, {"g"});
    const auto id = f.id_of(a);
    f.gone(a, close_code::abnormal);
    const auto b = f.recover_at(1, a);
    SECTION("the node of the connection is lost") {
        f.crash(0);
        f.pass(11s);
        CHECK(f.close_code_of(b) == close_code::going_away);
        CHECK(f.member(1).relay_count() == 0);
    }
    SECTION("the node of the connection ends") {
        CHECK(f.hub_of(0).close_all(f.now));
        f.pump(0);
        f.settle();
        CHECK(f.take(b).size() == 2);
        CHECK(f.close_code_of(b) == close_code::going_away);
        f.member(0).leave(f.now);
    }
    SECTION("the node of the transport is lost, and the client goes on elsewhere") {
        f.crash(1);
        f.pass(11s);
        CHECK(f.member(0).relay_count() == 0);
        CHECK(f.take(f.recover_at(2, a)).size() == 1);
        return;
    }
    SECTION("the node of the connection was dead for the others") {
        f.standing_still.insert(0);
        f.pass(11s);
        f.standing_still.clear();
        f.pass(1s);
        CHECK(f.close_code_of(b) == close_code::going_away);
        CHECK_FALSE(f.hub_of(0).connection_exists(id));
    }
    CHECK(f.relays() == 0);
}

TEST_CASE("no more is under way to a client of a relay than its connection's write window") {
    relay_fixture f(2);
    const auto a = f.connect_reliable(0, {}, {"g"});
    const auto other = f.connect(1, {}, {"g"});
    f.gone(a, close_code::abnormal);
    const auto b = f.recover_at(1, a);
    f.take(b);
    f.host(1).stalled.insert(b.transport);
    for (int i = 1; i <= 10; ++i) f.text(other, to_group_g(std::to_string(i)));
    // The hosts of the tests write one message at a time.
    CHECK(f.hub_of(0).queue_of(f.id_of(a))->unacknowledged == 1);
    f.host(1).stalled.clear();
    f.hub_of(1).handle_written(f.now, b.transport);
    f.pump(1);
    f.settle();
    CHECK(f.hub_of(0).queue_of(f.id_of(a))->unacknowledged == 10);
    CHECK(f.take(b).size() == 9);
    CHECK_FALSE(f.close_code_of(b));
}

TEST_CASE("a client whose question is not answered comes again") {
    relay_fixture f(2);
    const auto a = f.connect_reliable(0);
    f.gone(a, close_code::abnormal);
    f.is_immediate = false;
    const auto b = f.recover_at(1, a);
    while (f.bus.move_up(1)) {}
    REQUIRE(f.bus.lose_next(0));
    f.is_immediate = true;
    f.pass(2s);
    CHECK_FALSE(f.close_code_of(b));
    f.pass(4s);
    CHECK(f.close_code_of(b) == close_code::going_away);
    CHECK(f.take(f.recover_at(1, a)).size() == 1);
}

TEST_CASE("a node that does not know all others yet, or can't reach them, refuses nobody for good") {
    relay_fixture f(3);
    const auto a = f.connect_reliable(0);
    f.gone(a, close_code::abnormal);
    SECTION("it has just started") {
        f.crash(1);
        f.is_immediate = false;
        f.connect_bus(1);
        while (f.bus.move_up(1)) {}
        while (const auto input = f.bus.move_down(1)) f.hear(1, *input);
        REQUIRE(f.member(1).nodes().empty());
        const auto b = f.recover_at(1, a);
        CHECK_FALSE(f.close_code_of(b));
        f.settle();
        CHECK(f.take(b).size() == 1);
    }
    SECTION("it has just started, and the bus is lost where the connection is before it hears anything") {
        f.crash(1);
        f.is_immediate = false;
        f.connect_bus(1);
        while (f.bus.move_up(1)) {}
        while (const auto input = f.bus.move_down(1)) f.hear(1, *input);
        const auto b = f.recover_at(1, a);
        while (f.bus.move_up(1)) {}
        while (const auto input = f.bus.move_down(0)) f.hear(0, *input);
        REQUIRE(f.member(0).relay_count() == 1);
        f.lose_bus(0);
        f.connect_bus(0);
        f.is_immediate = true;
        f.settle();
        f.pass(4s);
        CHECK(f.close_code_of(b) == close_code::going_away);
        CHECK(f.relays() == 0);
    }
    SECTION("its bus is lost") {
        f.lose_bus(1);
        CHECK(f.close_code_of(f.recover_at(1, a)) == close_code::going_away);
        CHECK(f.take(f.recover_at(2, a)).size() == 1);
    }
}
