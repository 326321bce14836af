// SPDX-License-Identifier: MIT

// A member that has no bus yet.

#include "cluster/cluster_fixture.hpp"

using namespace cluster_tests;

TEST_CASE("who comes before the first bus waits for it, and misses nothing afterwards") {
    cluster_fixture f(2, {}, {}, false);
    f.connect_bus(1);
    f.is_immediate = false;
    const auto id = get<waiting>(f.hub_of(0).admit(f.now, f.request("u", {"g"}))).id;
    f.pump(0);
    CHECK_FALSE(f.host(0).outcomes.contains(id));
    SECTION("the bus comes") {
        f.pass(7s);
        f.connect_bus(0);
        f.settle();
        REQUIRE(f.host(0).outcomes.contains(id));
        const auto transport = get<accepted>(f.host(0).outcomes.at(id)).transport;
        f.hub_of(0).handle_opened(f.now, transport);
        f.settle();
        f.host(0).take(transport);
        REQUIRE(f.member(1).send_to_user(f.now, "u", payload_view::text("x")));
        f.settle();
        CHECK(f.host(0).take(transport).size() == 1);
    }
    SECTION("it does not") {
        f.pass(8s);
        CHECK(holds_alternative<accepted>(f.host(0).outcomes.at(id)));
    }
}

TEST_CASE("who comes before the first bus is refused in the end where nobody may go on alone") {
    cluster_fixture f(1, {.alone = without_bus::fail}, {}, false);
    const auto id = get<waiting>(f.hub_of(0).admit(f.now, f.request("u"))).id;
    f.pump(0);
    f.pass(8s);
    CHECK(holds_alternative<refused>(f.host(0).outcomes.at(id)));
}

TEST_CASE("who may not come in without the broker is refused with 503") {
    cluster_fixture f(1, {.alone = without_bus::fail});
    f.lose_bus(0);
    const auto outcome = f.hub_of(0).admit(f.now, f.request("u", {"g"}));
    f.pump(0);
    CHECK(get<refused>(f.host(0).outcomes.at(get<waiting>(outcome).id)).http_status == 503);
}
