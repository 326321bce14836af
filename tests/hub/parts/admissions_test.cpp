// SPDX-License-Identifier: MIT

#include <webpubsub/hub/parts/admissions.hpp>

#include "hub/parts/lower_floor.hpp"
#include "support/catch.hpp"

#include <string>
#include <utility>

using namespace hub_parts_tests;
using hub_events::connect_requested;
using hub_orders::admission_decided;

namespace {

struct fixture : lower_floor {
    using lower_floor::lower_floor;

    admissions door{options, random()};

    admission admit(connect_request asked = {}) { return door.admit(during, std::move(asked)); }
    admission decided() { return get<admission_decided>(*door.poll_order()).outcome; }
};

hub_options asking() {
    hub_options options;
    options.application.ask_on_connect = true;
    return options;
}

connect_request of_user(std::string id) {
    connect_request asked;
    asked.user_id = std::move(id);
    return asked;
}

unsigned status_of(const admission& outcome) {
    const auto* const no = get_if<refused>(&outcome);
    return no != nullptr ? no->http_status : 0;
}

} // namespace

TEST_CASE("a transport that was let in is opened once, for its connection or a recovery") {
    fixture f;
    const auto transport = get<accepted>(f.admit()).transport;
    CHECK(f.door.deadline() == f.during.now.steady + 30s);
    const auto opened = f.door.take_opened(f.during, transport);
    REQUIRE(opened);
    CHECK(f.connections[opened->connection].id.size() == 32);
    CHECK_FALSE(f.door.take_opened(f.during, transport));
    CHECK_FALSE(f.door.deadline());
    connect_request again;
    again.recovery = recovery_request{"id", "token"};
    const auto other = get<accepted>(f.admit(again)).transport;
    CHECK(f.door.take_opened(f.during, other)->recovery == again.recovery);
}

TEST_CASE("the application decides, and its decision is an order") {
    fixture f(asking());
    const auto id = get<waiting>(f.admit()).id;
    CHECK(f.event<connect_requested>()->id == id);
    CHECK(f.door.accept(f.during, id, {}));
    CHECK(holds_alternative<accepted>(f.decided()));
    CHECK(f.door.accept(f.during, id, {}).error() == errc::unknown_target);
    const auto second = get<waiting>(f.admit()).id;
    CHECK(f.door.refuse(second, 403, "no"));
    CHECK(status_of(f.decided()) == 403);
    const auto third = get<waiting>(f.admit()).id;
    CHECK(f.door.deadline().has_value());
    f.pass(100s);
    while (f.door.handle_due(f.during) != transport_id{}) {}
    CHECK(status_of(f.decided()) == 500);
    CHECK(f.door.refuse(third, 403, {}).error() == errc::unknown_target);
    const auto fourth = get<waiting>(f.admit()).id;
    CHECK(f.door.abandon(fourth) == transport_id{});
    CHECK_FALSE(f.door.poll_order());
}

TEST_CASE("a user id is UTF-8 and not too long, whoever gives it") {
    const std::string bad = GENERATE(as<std::string>{}, "\xFF\xFE", std::string(4097, 'x'));
    fixture f;
    CHECK(status_of(f.admit(of_user(bad))) == 400);
    CHECK(status_of(f.admit(of_user(std::string(4096, 'x')))) == 0);
    fixture g(asking());
    const auto id = get<waiting>(g.admit(of_user("ann"))).id;
    connect_overrides overrides;
    overrides.user_id = bad;
    CHECK(g.door.accept(g.during, id, std::move(overrides)));
    CHECK(status_of(g.decided()) == 500);
}

TEST_CASE("connection ids have the prefix of the options, and wrong options let nobody in") {
    hub_options options;
    options.connections.id_prefix = "node-1.";
    fixture f(options);
    const auto opened = f.door.take_opened(f.during, get<accepted>(f.admit()).transport);
    CHECK(f.connections[opened->connection].id.starts_with("node-1."));
    CHECK(f.connections[opened->connection].id.size() == 7 + 32);
    options.connections.id_prefix = "no blank";
    fixture g(options);
    CHECK(status_of(g.admit()) == 500);
    CHECK(check_options(options).error().message().find("connections.id_prefix") != std::string::npos);
    options.connections.id_prefix.clear();
    options.timeouts.close = -1s;
    CHECK(check_options(options).error().message().find("timeouts.close") != std::string::npos);
    options.timeouts.close = duration::max();
    CHECK(check_options(options));
}

TEST_CASE("admissions and connections are limited") {
    hub_options options;
    options.connections.max_pending_admissions = 2;
    options.connections.max_connections = 3;
    fixture f(options);
    const auto first = get<accepted>(f.admit()).transport;
    f.admit();
    CHECK(status_of(f.admit()) == 503);
    f.door.take_opened(f.during, first);
    CHECK(status_of(f.admit()) == 0);
    f.pass(30s);
    CHECK(f.door.handle_due(f.during) != transport_id{});
    CHECK(status_of(f.admit()) == 503);
}
