// SPDX-License-Identifier: MIT

#include <webpubsub/hub/hub.hpp>
#include <webpubsub/hub/hub_node.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <string>

using namespace webpubsub;
using namespace std::chrono_literals;
using strings = hub_fixture::strings;
using close_note = hub_fixture::close_note;

namespace {

hub_options asking() {
    hub_options options;
    options.application.ask_on_connect = true;
    return options;
}

connect_request offering(strings names) {
    auto made = hub_fixture::request({});
    made.subprotocols = std::move(names);
    return made;
}

} // namespace

TEST_CASE("the first offered name that the hub speaks is chosen, in the client's spelling") {
    struct row {
        strings offered;
        std::string chosen;
    };
    const auto each = GENERATE(
        row{{}, ""}, row{{"custom"}, ""}, row{{"mqtt", "protobuf.webpubsub.azure.v1"}, ""},
        row{{"json.webpubsub.azure.v1"}, "json.webpubsub.azure.v1"},
        row{{"custom", "JSON.WebPubSub.azure.V1"}, "JSON.WebPubSub.azure.V1"},
        row{{"json.reliable.webpubsub.azure.v1", "json.webpubsub.azure.v1"}, "json.reliable.webpubsub.azure.v1"});
    hub_fixture f;
    const auto outcome = get<accepted>(f.hub.admit(f.now, offering(each.offered)));
    CHECK(outcome.subprotocol == each.chosen);
    f.hub.handle_opened(f.now, outcome.transport);
    f.drain();
    CHECK(f.take(outcome.transport).size() == (each.chosen.empty() ? 0u : 1u));
}

TEST_CASE("a hub without codecs has simple clients only") {
    std::mt19937_64 unused;
    const secure_random sevens{nullptr, [](void*, unsigned char* bytes, std::size_t size) {
                                   std::fill_n(bytes, size, static_cast<unsigned char>(7));
                               }};
    hub simple({}, {}, sevens);
    const instant now{};
    const auto outcome = get<accepted>(simple.admit(now, hub_fixture::request(hub_fixture::plain)));
    CHECK(outcome.subprotocol.empty());
    simple.handle_opened(now, outcome.transport);
    CHECK(simple.send_to_all(now, text_payload("x")).value() == 1);
    CHECK(simple.send_to_all(now, text_payload("\xff")).error().code == errc::invalid_payload);
    CHECK(simple.poll_transmit(outcome.transport)->body() == "x");
}

TEST_CASE("a request with an invalid group name is refused with 400") {
    hub_fixture f;
    const std::string group = GENERATE(as<std::string>{}, "", "  ", std::string(1025, 'x'));
    const auto outcome = f.hub.admit(f.now, f.request(f.plain, {}, {"a", group}));
    CHECK(get<refused>(outcome) == refused{400, "The token contains an invalid group name."});
    CHECK(f.hub.connection_count() == 0);
}

TEST_CASE("a hub without random bytes, or with ones that repeat, lets nobody share an id") {
    const instant now{};
    hub without({json_service_codec()}, {}, {});
    CHECK(get<refused>(without.admit(now, {})).http_status == 500);

    const secure_random sevens{nullptr, [](void*, unsigned char* bytes, std::size_t size) {
                                   std::fill_n(bytes, size, static_cast<unsigned char>(7));
                               }};
    hub repeating({json_service_codec()}, {}, sevens);
    CHECK(holds_alternative<accepted>(repeating.admit(now, {})));
    CHECK(get<refused>(repeating.admit(now, {})).http_status == 500);
}

TEST_CASE("no more connections than the limit, detached and closing ones included") {
    hub_options options;
    options.connections.max_connections = 2;
    hub_fixture f(options);
    const auto first = f.connect(f.reliable);
    const auto second = f.connect(f.plain);
    const auto is_full = [&] { return holds_alternative<refused>(f.hub.admit(f.now, f.request(f.plain))); };
    CHECK(get<refused>(f.hub.admit(f.now, f.request(f.plain))).http_status == 503);
    f.gone(first);
    CHECK(is_full());
    CHECK_FALSE(f.close_of(f.recover_of(first)));
    f.stalled.insert(second);
    CHECK(f.hub.close_connection(f.now, f.id_of(second)));
    f.drain();
    CHECK(is_full());
    f.gone(second);
    CHECK_FALSE(is_full());
}

TEST_CASE("no more pending admissions than the limit, recoveries included") {
    hub_options options = asking();
    options.connections.max_pending_admissions = 2;
    hub_fixture f(options);
    const auto id = get<waiting>(f.hub.admit(f.now, f.request(f.plain))).id;
    auto recovery = f.request(f.reliable);
    recovery.recovery = recovery_request{"x", "y"};
    const auto opening = get<accepted>(f.hub.admit(f.now, recovery)).transport;
    CHECK(get<refused>(f.hub.admit(f.now, f.request(f.plain))).http_status == 503);
    CHECK(get<refused>(f.hub.admit(f.now, recovery)).http_status == 503);

    SECTION("one is abandoned") { f.hub.handle_abandoned(f.now, id); }
    SECTION("one is refused") { CHECK(f.hub.refuse_connect(f.now, id, 401)); }
    SECTION("one is opened") { f.hub.handle_opened(f.now, opening); }
    SECTION("one is closed before it was open") { f.hub.handle_closed(f.now, opening); }
    CHECK(holds_alternative<waiting>(f.hub.admit(f.now, f.request(f.plain))));
}

TEST_CASE("the application is asked, and its answer decides what the connection is") {
    hub_fixture f(asking());
    auto asked = f.request(f.plain, "token", {"t"});
    asked.subprotocols = {"custom", std::string(f.plain), std::string(f.reliable)};
    const auto id = get<waiting>(f.hub.admit(f.now, asked)).id;
    f.drain();
    REQUIRE(f.requests.size() == 1);
    CHECK(f.requests[0].id == id);
    CHECK(f.requests[0].request.user_id == "token");
    CHECK(f.requests[0].request.groups == strings{"t"});
    CHECK(f.requests[0].request.subprotocols == asked.subprotocols);

    connect_overrides overrides;
    std::string user = "token";
    std::string group = "t";
    std::string chosen(f.plain);
    bool may_send = true;
    SECTION("as the token says") {}
    SECTION("another user") { overrides.user_id = user = "other"; }
    SECTION("the empty user") { overrides.user_id = user = ""; }
    SECTION("other groups") { overrides.groups = {group = "o"}; }
    SECTION("no roles") {
        overrides.roles = strings{};
        may_send = false;
    }
    SECTION("another subprotocol") {
        overrides.subprotocol = f.reliable;
        chosen = f.reliable;
    }
    SECTION("a subprotocol of its own") {
        overrides.subprotocol = "CUSTOM";
        chosen = "custom";
    }
    CHECK(f.hub.accept_connect(f.now, id, overrides));
    f.drain();
    const auto outcome = get<accepted>(f.outcomes.at(id));
    CHECK(outcome.subprotocol == chosen);
    f.hub.handle_opened(f.now, outcome.transport);
    f.drain();
    CHECK(f.id_of(outcome.transport) == f.requests[0].connection_id);
    CHECK(f.hub.connection_count_of_group(group) == 1);
    CHECK(f.hub.group_count() == 1);
    CHECK(f.hub.user_exists("token") == (user == "token"));
    CHECK(f.hub.user_count() == (user.empty() ? 0u : 1u));
    CHECK(f.hub.has_permission(f.requests[0].connection_id, permission::send_to_group, "x") == may_send);
    CHECK(f.take(outcome.transport).size() == (chosen == "custom" ? 0u : 1u));
}

TEST_CASE("an invalid answer of the application refuses with 500") {
    hub_fixture f(asking());
    const auto id =
        get<waiting>(f.hub.admit(f.now, offering({"json.webpubsub.azure.v1", "mqtt", "protobuf.webpubsub.azure.v1"})))
            .id;
    connect_overrides overrides;
    SECTION("a group without a name") { overrides.groups = {""}; }
    SECTION("a subprotocol that was not offered") { overrides.subprotocol = "json.reliable.webpubsub.azure.v1"; }
    SECTION("an offered one that the hub does not speak") { overrides.subprotocol = "protobuf.webpubsub.azure.v1"; }
    CHECK(f.hub.accept_connect(f.now, id, overrides));
    f.drain();
    CHECK(get<refused>(f.outcomes.at(id)).http_status == 500);
    CHECK(f.hub.connection_count() == 0);
}

TEST_CASE("a refusal of 4xx is passed on, any other becomes 500") {
    hub_fixture f(asking());
    struct row {
        unsigned given;
        unsigned passed_on;
    };
    const auto each = GENERATE(row{400, 400}, row{401, 401}, row{429, 429}, row{499, 499}, row{399, 500}, row{500, 500},
                               row{200, 500}, row{0, 500});
    const auto id = get<waiting>(f.hub.admit(f.now, f.request(f.plain))).id;
    CHECK(f.hub.refuse_connect(f.now, id, each.given, "no"));
    f.drain();
    CHECK(get<refused>(f.outcomes.at(id)) == refused{each.passed_on, "no"});
    CHECK(f.hub.refuse_connect(f.now, id, 401).error() == errc::unknown_target);
    CHECK(f.hub.accept_connect(f.now, id).error() == errc::unknown_target);
    CHECK(f.ids.empty());
    CHECK(f.ends.empty());
}

TEST_CASE("an application that does not answer a connect in time refuses with 500") {
    hub_fixture f(asking());
    const auto id = get<waiting>(f.hub.admit(f.now, f.request(f.plain))).id;
    f.advance(100s - 1ms);
    CHECK(f.outcomes.empty());
    f.advance(1ms);
    CHECK(get<refused>(f.outcomes.at(id)).http_status == 500);
    CHECK(f.hub.accept_connect(f.now, id).error() == errc::unknown_target);
}

TEST_CASE("an abandoned admission has no outcome") {
    hub_fixture f(asking());
    const auto id = get<waiting>(f.hub.admit(f.now, f.request(f.plain))).id;
    f.hub.handle_abandoned(f.now, id);
    f.advance(200s);
    CHECK(f.outcomes.empty());
    CHECK(f.hub.accept_connect(f.now, id).error() == errc::unknown_target);
}

TEST_CASE("a client that goes away before its admission is polled leaves nothing") {
    auto options = asking();
    options.connections.max_connections = 1;
    hub_fixture f(options);
    const auto id = get<waiting>(f.hub.admit(f.now, f.request(f.plain, "u", {"g"}))).id;
    SECTION("it was let in") { CHECK(f.hub.accept_connect(f.now, id)); }
    SECTION("it was refused") { CHECK(f.hub.refuse_connect(f.now, id, 401)); }
    f.hub.handle_abandoned(f.now, id);
    f.advance(200s);
    CHECK(f.outcomes.empty());
    CHECK(f.hub.connection_count() == 0);
    CHECK(f.hub.counters().late_inputs == 0);
    CHECK(holds_alternative<waiting>(f.hub.admit(f.now, f.request(f.plain))));
}

TEST_CASE("the application is not asked about a recovery") {
    hub_fixture f(asking());
    const auto id = get<waiting>(f.hub.admit(f.now, f.request(f.reliable))).id;
    CHECK(f.hub.accept_connect(f.now, id));
    f.drain();
    const auto client = get<accepted>(f.outcomes.at(id)).transport;
    f.hub.handle_opened(f.now, client);
    f.drain();
    f.first_frame[client] = f.take(client).at(0);
    f.gone(client);
    const auto again = f.recover_of(client);
    CHECK(f.requests.size() == 1);
    CHECK(f.take(again).size() == 1);
}

TEST_CASE("an admitted transport that is not opened in time is closed and leaves nothing behind") {
    hub_fixture f;
    const auto transport = get<accepted>(f.hub.admit(f.now, f.request(f.plain, "u", {"a"}))).transport;
    f.text(transport, R"({"type":"ping"})");
    CHECK(f.hub.counters().late_inputs == 1);
    f.advance(30s);
    CHECK(f.close_of(transport) == close_note{1008, "The connection was not opened in time."});
    f.hub.handle_opened(f.now, transport);
    CHECK(f.hub.counters().late_inputs == 2);
    CHECK(f.hub.connection_count() == 0);
    f.gone(transport);
    CHECK(f.ids.empty());
    CHECK(f.ends.empty());
    CHECK_FALSE(f.hub.poll_timeout());
}

TEST_CASE("an upgrade that came to nothing leaves no trace") {
    hub_fixture f;
    const auto transport = get<accepted>(f.hub.admit(f.now, f.request(f.plain, "u", {"a"}))).transport;
    f.gone(transport);
    CHECK_FALSE(f.close_of(transport));
    CHECK(f.ends.empty());
    CHECK_FALSE(f.hub.poll_timeout());
    CHECK(f.hub.counters().late_inputs == 0);
}

TEST_CASE("only the nodes decide about an admission that waits for them, and their refusal is a 503") {
    auto options = asking();
    options.cluster.reports = true;
    hub_fixture f(options);
    hub_node node(f.hub);
    const auto id = get<waiting>(f.hub.admit(f.now, f.request(f.plain, "u", {"g"}))).id;
    CHECK(node.release_admission(f.now, id).error() == errc::unknown_target);
    CHECK(node.refuse_admission(f.now, id, "no").error() == errc::unknown_target);
    CHECK(f.hub.accept_connect(f.now, id));
    CHECK(f.hub.accept_connect(f.now, id).error() == errc::unknown_target);
    CHECK(f.hub.refuse_connect(f.now, id, 401).error() == errc::unknown_target);
    f.drain();
    CHECK(f.outcomes.empty());
    SECTION("they let the client in") {
        CHECK(node.release_admission(f.now, id));
        f.drain();
        CHECK(holds_alternative<accepted>(f.outcomes.at(id)));
    }
    SECTION("they refuse it") {
        CHECK(node.refuse_admission(f.now, id, "no"));
        f.drain();
        CHECK(get<refused>(f.outcomes.at(id)) == refused{503, "no"});
    }
    CHECK(node.release_admission(f.now, id).error() == errc::unknown_target);
    CHECK(node.refuse_admission(f.now, id, "no").error() == errc::unknown_target);
}

TEST_CASE("no order follows for a client that goes away unheard, though its transport was to be closed") {
    hub_fixture f(asking());
    const auto id = get<waiting>(f.hub.admit(f.now, f.request(f.plain, "u", {"g"}))).id;
    REQUIRE(f.hub.accept_connect(f.now, id));
    SECTION("everybody is closed") { REQUIRE(f.hub.close_all(f.now)); }
    SECTION("it was not opened in time") {
        f.now.steady += 200s;
        f.hub.handle_timeout(f.now);
    }
    f.hub.handle_abandoned(f.now, id);
    CHECK_FALSE(f.hub.poll_order());
    CHECK(f.hub.connection_count() == 0);
    CHECK(f.hub.counters().late_inputs == 0);
}

TEST_CASE("no order comes for a transport that is gone") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    const auto other = f.connect(f.plain);
    REQUIRE(f.hub.close_all(f.now));
    f.hub.handle_closed(f.now, client);
    f.drain();
    CHECK_FALSE(f.close_of(client));
    CHECK(f.close_of(other));
}
