// SPDX-License-Identifier: MIT

// Where relays meet other features: losses behind the last message, limits of the bus, hubs without room, fences.

#include "cluster/relay_fixture.hpp"

using namespace cluster_tests;

TEST_CASE("the end of the only relay between two nodes is found out also when the message of it is lost") {
    relay_fixture f(2);
    const auto a = f.connect_reliable(0);
    const auto id = f.id_of(a);
    f.gone(a, close_code::abnormal);
    const auto b = f.recover_at(1, a);
    REQUIRE(f.take(b).size() == 1);
    f.is_immediate = false;
    SECTION("the client is gone") {
        f.gone(b, close_code::abnormal);
        while (f.bus.move_up(1)) {}
        REQUIRE(f.bus.lose_next(0));
        f.is_immediate = true;
        f.pass(40s);
        CHECK_FALSE(f.hub_of(0).connection_exists(id));
    }
    SECTION("the application has closed the connection") {
        CHECK(f.hub_of(0).close_connection(f.now, id));
        f.pump(0);
        // The last frame is written.
        while (f.bus.move_up(0)) {}
        f.hear(1, *f.bus.move_down(1));
        while (f.bus.move_up(1)) {}
        f.hear(0, *f.bus.move_down(0));
        while (f.bus.move_up(0)) {}
        REQUIRE(f.bus.lose_next(1));
        f.is_immediate = true;
        f.pass(40s);
        CHECK(f.close_code_of(b));
    }
    CHECK(f.relays() == 0);
}

TEST_CASE("a client that the connection's hub has no room for now may come again") {
    hub_options of_hub;
    SECTION("the application does not take its events") {
        of_hub.application.max_pending_events = 1;
        relay_fixture f(2, {}, of_hub);
        const auto a = f.connect_reliable(0);
        f.gone(a, close_code::abnormal);
        // The application of the other node stands still.
        f.is_immediate = false;
        auto asked = hub_fixture::request(hub_fixture::plain);
        f.hub_of(0).handle_opened(f.now, get<accepted>(f.hub_of(0).admit(f.now, asked)).transport);
        const auto b = f.recover_at(1, a);
        while (f.bus.move_up(1)) {}
        const auto input = f.bus.move_down(0);
        REQUIRE(input);
        f.member(0).handle_bus_message(f.now, input->channel, *input->bytes);
        f.pump(0);
        f.settle();
        CHECK(f.close_code_of(b) != close_code::policy_violation);
        CHECK(f.hub_of(0).connection_exists(f.id_of(a)));
    }
    SECTION("too many are being let in") {
        of_hub.connections.max_pending_admissions = 1;
        relay_fixture f(2, {}, of_hub);
        const auto a = f.connect_reliable(0);
        f.gone(a, close_code::abnormal);
        CHECK(holds_alternative<accepted>(f.hub_of(0).admit(f.now, hub_fixture::request(hub_fixture::plain))));
        const auto b = f.recover_at(1, a);
        CHECK(f.close_code_of(b));
        CHECK(f.close_code_of(b) != close_code::policy_violation);
        CHECK(f.hub_of(0).connection_exists(f.id_of(a)));
    }
}

TEST_CASE("a guest that arrives when its node finds itself dead is told so") {
    relay_fixture f(2);
    const auto a = f.connect_reliable(0);
    f.gone(a, close_code::abnormal);
    auto asked = hub_fixture::request(hub_fixture::reliable);
    asked.recovery = recovery_request{f.id_of(a), f.host(0).token_of(a.transport)};
    const client b{1, get<accepted>(f.hub_of(1).admit(f.now, asked)).transport};
    f.is_immediate = false;
    f.standing_still.insert(1);
    f.pass(11s);
    f.standing_still.clear();
    f.is_immediate = true;
    f.hub_of(1).handle_opened(f.now, b.transport);
    f.pump(1);
    f.settle();
    f.pass(10s);
    CHECK(f.event_of<cluster_events::fenced>(1));
    CHECK((f.close_code_of(b) || f.take(b).size() == 1));
}

TEST_CASE("a frame that is too long for the bus ends no relay but its own") {
    cluster_options small;
    small.bus.max_bytes = 1000;
    relay_fixture f(2, small);
    const auto a = f.connect_reliable(0, {}, {"g"});
    const auto c = f.connect_reliable(0);
    f.gone(a, close_code::abnormal);
    f.gone(c, close_code::abnormal);
    const auto b = f.recover_at(1, a);
    const auto d = f.recover_at(1, c);
    REQUIRE(f.take(b).size() == 1);
    REQUIRE(f.take(d).size() == 1);
    SECTION("of the client") {
        f.text(b, to_group_g(std::string(1000, 'x')));
        f.pass(4s);
        CHECK(f.close_code_of(b) == close_code::message_too_big);
        CHECK_FALSE(f.hub_of(0).connection_exists(f.id_of(a)));
    }
    SECTION("of somebody whose token is wrong") {
        f.is_immediate = false;
        const auto e = f.recover_at(1, a, "wrong");
        f.text(e, std::string(1000, 'x'));
        f.is_immediate = true;
        f.settle();
        f.pass(4s);
        CHECK(f.close_code_of(e));
        CHECK_FALSE(f.close_code_of(b));
    }
    SECTION("for the client") {
        CHECK(f.hub_of(0).send_to_connection(f.now, f.id_of(a), payload_view::text(std::string(1000, 'x'))));
        f.pump(0);
        f.settle();
        f.pass(4s);
        CHECK(f.close_code_of(b));
        CHECK(f.hub_of(0).connection_exists(f.id_of(a)));
        CHECK(f.take(f.recover_at(0, a)).size() == 2);
    }
    SECTION("of the application of one node for another's connection") {
        CHECK(f.member(1).send_to_connection(f.now, f.id_of(a), payload_view::text(std::string(1000, 'x'))));
        f.pump(1);
        f.settle();
        f.pass(4s);
        CHECK_FALSE(f.close_code_of(b));
    }
    CHECK_FALSE(f.close_code_of(d));
}

TEST_CASE("a client recovers at once by a node that has lost the bus before") {
    relay_fixture f(2);
    const auto a = f.connect_reliable(0);
    f.gone(a, close_code::abnormal);
    const auto b = f.recover_at(1, a);
    f.gone(b, close_code::abnormal);
    f.lose_bus(1);
    f.connect_bus(1);
    f.settle();
    CHECK(f.take(f.recover_at(1, a)).size() == 1);
}

TEST_CASE("a guest is not read from before its connection has answered") {
    relay_fixture f(2);
    const auto a = f.connect_reliable(0);
    f.gone(a, close_code::abnormal);
    f.is_immediate = false;
    const auto b = f.recover_at(1, a);
    CHECK(f.host(1).paused.contains(b.transport));
    CHECK_FALSE(f.hub_of(1).wants_input(b.transport));
    f.settle();
    CHECK(f.take(b).size() == 1);
    CHECK_FALSE(f.host(1).paused.contains(b.transport));
    CHECK(f.hub_of(1).wants_input(b.transport));
}

TEST_CASE("a client whose node has never heard of the connection's does not wait for it for ever") {
    relay_fixture f(2, {.answer = std::nullopt}, {}, false);
    f.connect_bus(0);
    auto asked = hub_fixture::request(hub_fixture::reliable);
    asked.recovery = recovery_request{"0009000000000000" + std::string(28, 'a'), "token"};
    const client a{0, get<accepted>(f.hub_of(0).admit(f.now, asked)).transport};
    f.hub_of(0).handle_opened(f.now, a.transport);
    f.settle();
    REQUIRE(f.member(0).relay_count() == 1);
    f.pass(7s);
    CHECK(f.member(0).relay_count() == 0);
    CHECK(f.close_code_of(a) == close_code::going_away);
}
