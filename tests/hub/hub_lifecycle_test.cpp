// SPDX-License-Identifier: MIT

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <string>

using namespace webpubsub;
using namespace std::chrono_literals;
using strings = hub_fixture::strings;
using close_note = hub_fixture::close_note;

namespace {

const close_note not_recovered{1008, "The connection could not be recovered."};

std::string numbered(int sequence_id, const std::string& text) {
    return R"({"sequenceId":)" + std::to_string(sequence_id) +
           R"(,"type":"message","from":"group","group":"a","dataType":"text","data":")" + text +
           R"(","fromUserId":null})";
}

void publish(hub_fixture& f, const std::string& text) {
    CHECK(f.hub.send_to_group(f.now, "a", text_payload(text)).has_value());
    f.drain();
}

bool is_alive(const hub_fixture& f, transport_id of) { return f.hub.connection_exists(f.id_of(of)); }

} // namespace

TEST_CASE("the first frame of a PubSub connection is connected, with a token only on a reliable one") {
    hub_fixture f;
    const auto plain = f.connect(f.plain, "ann");
    CHECK(f.first_frame[plain] ==
          R"({"type":"system","event":"connected","userId":"ann","connectionId":")" + f.id_of(plain) + R"("})");
    const auto reliable = f.connect(f.reliable);
    CHECK(f.first_frame[reliable] == R"({"type":"system","event":"connected","userId":null,"connectionId":")" +
                                         f.id_of(reliable) + R"(","reconnectionToken":")" + f.token_of(reliable) +
                                         R"("})");
    CHECK(f.token_of(reliable).size() == 64);
    CHECK(f.id_of(reliable) != f.id_of(plain));
}

TEST_CASE("the groups of the request are joined before the first frame") {
    hub_fixture f;
    const auto transport = get<accepted>(f.hub.admit(f.now, f.request(f.plain, "u", {"a", "b"}))).transport;
    CHECK_FALSE(f.hub.group_exists("a"));
    CHECK_FALSE(f.hub.user_exists("u"));
    f.hub.handle_opened(f.now, transport);
    CHECK(f.hub.group_exists("a"));
    CHECK(f.hub.group_exists("b"));
    CHECK(f.hub.user_exists("u"));
    publish(f, "x");
    const auto frames = f.take(transport);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].find("connected") != std::string::npos);
}

TEST_CASE("what ends a logical connection for good (sessions.md section 7.3)") {
    struct row {
        std::uint16_t code;
        bool ends_reliable;
    };
    const auto each = GENERATE(row{1000, true}, row{1001, false}, row{1002, false}, row{1003, false}, row{1005, false},
                               row{1006, false}, row{1007, false}, row{1008, false}, row{1009, false}, row{1011, false},
                               row{3000, false}, row{4999, false});
    hub_fixture f;
    const auto plain = f.connect(f.plain, "p");
    const auto simple = f.connect("", "s");
    const auto reliable = f.connect(f.reliable, "r");
    for (const auto client : {plain, simple, reliable}) f.gone(client, each.code, "bye");
    CHECK(f.end_of(plain) == "bye");
    CHECK(f.end_of(simple) == "bye");
    CHECK(f.end_of(reliable) == (each.ends_reliable ? std::optional<std::string>("bye") : std::nullopt));
    CHECK(is_alive(f, reliable) == !each.ends_reliable);
    CHECK(f.hub.connection_count() == (each.ends_reliable ? 0u : 1u));
    CHECK_FALSE(f.hub.user_exists("p"));
}

TEST_CASE("a detached connection ends when its recovery window is over") {
    hub_fixture f;
    const auto client = f.connect(f.reliable, "u", {"a"});
    f.gone(client);
    CHECK(f.hub.poll_timeout() == f.now.steady + 30s);
    f.advance(29'999ms);
    CHECK(is_alive(f, client));
    f.advance(1ms);
    CHECK_FALSE(is_alive(f, client));
    CHECK(f.end_of(client) == "The connection recovery timeout expired.");
    CHECK_FALSE(f.hub.group_exists("a"));
    CHECK_FALSE(f.hub.poll_timeout());
    CHECK(f.close_of(f.recover_of(client)) == not_recovered);
}

TEST_CASE("a recovered connection gets connected, then everything above the last acked id, then live messages") {
    hub_fixture f;
    const auto client = f.connect(f.reliable, "u", {"a"});
    publish(f, "one");
    publish(f, "two");
    publish(f, "three");
    CHECK(f.take(client) == strings{numbered(1, "one"), numbered(2, "two"), numbered(3, "three")});
    f.text(client, R"({"type":"sequenceAck","sequenceId":1})");
    f.gone(client);
    publish(f, "four");
    CHECK(f.hub.send_to_user(f.now, "u", text_payload("five")).value() == 1);

    const auto again = f.recover_of(client);
    CHECK(again != client);
    publish(f, "six");
    const auto frames = f.take(again);
    REQUIRE(frames.size() == 6);
    CHECK(frames[0] == f.first_frame[client]);
    CHECK(frames[1] == numbered(2, "two"));
    CHECK(frames[2] == numbered(3, "three"));
    CHECK(frames[3] == numbered(4, "four"));
    CHECK(frames[4] == R"({"sequenceId":5,"type":"message","from":"server","dataType":"text","data":"five"})");
    CHECK(frames[5] == numbered(6, "six"));
    CHECK(f.hub.counters().recoveries == 1);
    CHECK_FALSE(f.hub.poll_timeout());
}

TEST_CASE("a recovery keeps groups, permissions and ackIds, and raises no event") {
    hub_fixture f;
    auto asked = f.request(f.reliable, "u", {"a"});
    asked.roles = {};
    const auto client = f.connect(asked);
    CHECK(f.hub.grant(f.now, f.id_of(client), permission::join_leave_group, "b"));
    f.text(client, R"({"type":"joinGroup","group":"b","ackId":7})");
    f.gone(client);
    CHECK(f.hub.grant(f.now, f.id_of(client), permission::join_leave_group, "c"));
    const auto ids_before = f.ids.size();
    const auto again = f.recover_of(client);
    CHECK(f.ids.size() == ids_before);
    CHECK(f.ends.empty());
    CHECK(f.hub.is_in_group(f.id_of(client), "a"));
    CHECK(f.hub.is_in_group(f.id_of(client), "b"));
    f.take(again);
    f.text(again, R"({"type":"joinGroup","group":"b","ackId":7})");
    f.text(again, R"({"type":"joinGroup","group":"c","ackId":8})");
    const auto frames = f.take(again);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].find("Duplicate") != std::string::npos);
    CHECK(frames[1] == R"({"type":"ack","ackId":8,"success":true})");
    CHECK(f.hub.connection_of(again) == f.id_of(client));
}

TEST_CASE("a recovery fences the transport before it, which may still be writing") {
    hub_fixture f;
    const auto old = f.connect(f.reliable, {}, {"a"});
    f.stalled.insert(old);
    CHECK(f.hub.send_to_group(f.now, "a", text_payload("one")));
    const auto ready = f.hub.poll_ready();
    REQUIRE(ready == old);
    const auto in_flight = f.hub.poll_transmit(old);
    const auto copy = std::string(in_flight->prefix()) + std::string(in_flight->body());

    const auto again = f.recover_of(old);
    CHECK(f.close_of(old) == close_note{1001, "The connection goes on with another transport."});
    CHECK(f.take(again) == strings{f.first_frame[old], numbered(1, "one")});
    f.text(again, R"({"type":"sequenceAck","sequenceId":1})");
    publish(f, "two");
    CHECK(std::string(in_flight->prefix()) + std::string(in_flight->body()) == copy);

    const auto late = f.hub.counters().late_inputs;
    f.text(old, R"({"type":"leaveGroup","group":"a"})");
    CHECK(f.hub.counters().late_inputs == late + 1);
    CHECK(f.hub.is_in_group(f.id_of(old), "a"));
    CHECK_FALSE(f.hub.poll_transmit(old));
    f.hub.handle_written(f.now, old);
    f.gone(old, 1000);
    CHECK(is_alive(f, old));
    CHECK(f.hub.counters().late_inputs == late + 1);
    f.gone(old);
    CHECK(f.hub.counters().late_inputs == late + 2);
}

TEST_CASE("a recovery is refused with 1008 (sessions.md section 7.1 (9))") {
    hub_fixture f;
    const auto client = f.connect(f.reliable, "u", {"a"});
    const auto other = f.connect(f.reliable);
    const auto plain = f.connect(f.plain);
    const auto id = f.id_of(client);
    const auto token = f.token_of(client);
    transport_id refused_one{};
    bool harmless = true;

    SECTION("wrong token") { refused_one = f.recover(id, token.substr(0, 63) + (token[63] == '0' ? '1' : '0')); }
    SECTION("empty token") { refused_one = f.recover(id, ""); }
    SECTION("another connection's token") { refused_one = f.recover(id, f.token_of(other)); }
    SECTION("unknown connection") { refused_one = f.recover(std::string(32, '0'), token); }
    SECTION("not a reliable subprotocol") { refused_one = f.recover(f.id_of(plain), ""); }
    SECTION("the token has expired") {
        f.now.wall += std::chrono::hours{24 * 7};
        refused_one = f.recover(id, token);
    }
    SECTION("ended by the client with 1000") {
        f.gone(client, 1000);
        refused_one = f.recover(id, token);
        harmless = false;
    }
    SECTION("closed by the application") {
        CHECK(f.hub.close_connection(f.now, id));
        refused_one = f.recover(id, token);
        harmless = false;
    }
    SECTION("closed by the application while it was detached") {
        f.gone(client);
        CHECK(f.hub.close_connection(f.now, id));
        refused_one = f.recover(id, token);
        harmless = false;
    }
    CHECK(f.close_of(refused_one) == not_recovered);
    CHECK(f.take(refused_one).empty());
    CHECK(f.hub.counters().refused_recoveries == 1);
    CHECK(f.hub.connection_of(refused_one).empty());
    f.gone(refused_one, 1008);
    if (!harmless) return;
    publish(f, "x");
    CHECK(f.take(client) == strings{numbered(1, "x")});
    CHECK_FALSE(f.close_of(client));
}

TEST_CASE("the token is good until it is a week old") {
    hub_fixture f;
    const auto client = f.connect(f.reliable);
    f.now.wall += std::chrono::hours{24 * 7} - 1s;
    CHECK_FALSE(f.close_of(f.recover_of(client)));
}

TEST_CASE("a recovery answers the upgrade with a reliable name and goes on with the original codec") {
    hub_fixture f;
    const auto client = f.connect(f.reliable, {}, {"a"});
    f.gone(client);
    auto asked = f.request({});
    asked.subprotocols = {std::string(f.plain), "JSON.reliable.webpubsub.azure.v1"};
    asked.recovery = recovery_request{f.id_of(client), f.token_of(client)};
    const auto admitted = get<accepted>(f.hub.admit(f.now, asked));
    CHECK(admitted.subprotocol == "JSON.reliable.webpubsub.azure.v1");
    f.hub.handle_opened(f.now, admitted.transport);
    publish(f, "x");
    CHECK(f.take(admitted.transport).back() == numbered(1, "x"));
}

TEST_CASE("an event goes on while its connection is away: the answer is replayed, the ack is not") {
    hub_fixture f;
    const auto client = f.connect(f.reliable);
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":1})");
    f.text(client, R"({"type":"joinGroup","group":"b","ackId":2})");
    f.gone(client);
    CHECK(f.hub.answer_event(f.now, f.events[0].id, text_payload("ok")));
    f.drain();
    CHECK(f.hub.group_exists("b"));
    const auto again = f.recover_of(client);
    CHECK(f.take(again) ==
          strings{f.first_frame[client],
                  R"({"sequenceId":1,"type":"message","from":"server","dataType":"text","data":"ok"})"});
    f.text(again, R"({"type":"event","event":"e","data":1,"ackId":1})");
    CHECK(f.events.size() == 1);
    CHECK(f.take(again)[0].find("Duplicate") != std::string::npos);
}

TEST_CASE("the application closes a connection: disconnected, then 1000 without a reason (sessions.md section 8)") {
    hub_fixture f;
    const std::string reason = GENERATE("", "too loud");
    const auto text = "Application server closed the connection." + (reason.empty() ? "" : " Reason: " + reason);
    const auto subprotocol =
        GENERATE(as<std::string>{}, "json.webpubsub.azure.v1", "json.reliable.webpubsub.azure.v1", "");
    const auto client = f.connect(subprotocol, "u", {"a"});
    CHECK(f.hub.close_connection(f.now, f.id_of(client), reason));
    CHECK_FALSE(is_alive(f, client));
    f.drain();
    CHECK(f.take(client) == (subprotocol.empty()
                                 ? strings{}
                                 : strings{R"({"type":"system","event":"disconnected","message":")" + text + R"("})"}));
    CHECK(f.close_of(client) == close_note{1000, ""});
    CHECK(f.end_of(client) == text);
    CHECK(f.hub.close_connection(f.now, f.id_of(client)).error() == errc::unknown_target);
    f.gone(client, 1000);
    CHECK(f.hub.counters().late_inputs == 0);
}

TEST_CASE("a graceful close waits for the frames before it, but not longer than its time") {
    hub_fixture f;
    const auto client = f.connect(f.plain, {}, {"a"});
    CHECK(f.hub.send_to_group(f.now, "a", text_payload("x")));
    const auto frame = f.hub.poll_transmit(client);
    REQUIRE(frame);
    CHECK(f.hub.close_connection(f.now, f.id_of(client)));
    f.stalled.insert(client);
    f.drain();
    CHECK(f.end_of(client));
    CHECK_FALSE(f.close_of(client));

    SECTION("the peer reads") {
        f.stalled.clear();
        f.hub.handle_written(f.now, client);
        CHECK_FALSE(f.close_of(client));
        f.drain();
        CHECK(f.take(client).size() == 1);
        CHECK(f.close_of(client) == close_note{1000, ""});
        CHECK_FALSE(f.hub.poll_timeout());
    }
    SECTION("the peer never reads") {
        CHECK(f.hub.poll_timeout() == f.now.steady + 5s);
        f.advance(5s);
        CHECK(f.close_of(client) == close_note{1000, ""});
        CHECK(frame->body().find("\"x\"") != std::string_view::npos);
    }
    SECTION("the transport goes away") {
        f.gone(client);
        CHECK_FALSE(f.close_of(client));
        CHECK_FALSE(f.hub.poll_timeout());
        return;
    }
    f.gone(client);
    CHECK(f.hub.counters().late_inputs == 0);
}

TEST_CASE("frames after a close was decided are ignored and counted") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, "x");
    f.text(client, R"({"type":"joinGroup","group":"a","ackId":1})");
    CHECK_FALSE(f.hub.group_exists("a"));
    CHECK(f.hub.counters().late_inputs == 1);
    CHECK(f.take(client).empty());
}

TEST_CASE("close_all ends everything and the hub can be used on") {
    hub_options options;
    options.application.ask_on_connect = true;
    hub_fixture f(options);
    const auto connect = [&](std::string_view subprotocol) {
        const auto id = get<waiting>(f.hub.admit(f.now, f.request(subprotocol))).id;
        CHECK(f.hub.accept_connect(f.now, id));
        f.drain();
        return get<accepted>(f.outcomes.at(id)).transport;
    };
    const auto plain = connect(f.plain);
    const auto detached = connect(f.reliable);
    const auto simple = connect("");
    for (const auto client : {plain, detached, simple}) f.hub.handle_opened(f.now, client);
    f.drain();
    f.take(plain);
    f.gone(detached);
    const auto unopened = connect(f.plain);
    const auto asked = get<waiting>(f.hub.admit(f.now, f.request(f.plain))).id;

    CHECK(f.hub.close_all(f.now));
    f.drain();
    const close_note going{1001, "The service is shutting down."};
    CHECK(f.close_of(plain) == going);
    CHECK(f.close_of(simple) == going);
    CHECK(f.close_of(unopened) == going);
    CHECK(f.take(plain) ==
          strings{R"({"type":"system","event":"disconnected","message":"The service is shutting down."})"});
    CHECK(f.end_of(detached) == going.reason);
    CHECK(get<refused>(f.outcomes.at(asked)).http_status == 503);
    CHECK(f.hub.connection_count() == 0);
    for (const auto client : {plain, simple, unopened}) f.gone(client);
    CHECK_FALSE(f.hub.poll_timeout());

    f.hub.handle_opened(f.now, connect(f.plain));
    CHECK(f.hub.connection_count() == 1);
}

TEST_CASE("a close reason is cut to what a close frame can carry, between characters") {
    hub_fixture f;
    const auto client = f.connect("");
    CHECK(f.hub.close_all(f.now, 1001, std::string(122, 'x') + "\xc3\xa9"));
    f.drain();
    CHECK(f.close_of(client) == close_note{1001, std::string(122, 'x')});
}

TEST_CASE("copies of a hub go on independently") {
    hub_fixture f;
    const auto client = f.connect(f.reliable, "u", {"a"});
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":1})");
    CHECK(f.hub.send_to_group(f.now, "a", text_payload("one")));
    hub fork = f.hub;

    f.gone(client, 1000);
    CHECK_FALSE(f.hub.group_exists("a"));
    CHECK(fork.connection_exists(f.id_of(client)));
    CHECK(fork.group_exists("a"));

    CHECK(fork.answer_event(f.now, f.events[0].id));
    CHECK(fork.poll_ready() == client);
    CHECK(fork.poll_transmit(client)->prefix() == R"({"sequenceId":1,)");
    fork.handle_written(f.now, client);
    CHECK(fork.poll_transmit(client)->body() == R"("type":"ack","ackId":1,"success":true})");
    CHECK_FALSE(f.hub.poll_ready());
    CHECK(f.hub.answer_event(f.now, f.events[0].id).error() == errc::unknown_target);
}
