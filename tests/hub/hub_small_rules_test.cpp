// SPDX-License-Identifier: MIT

// Statements of the protocol's pages that are too small for a file of their own.

#include <webpubsub/codec/all_service_codecs.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace webpubsub;
using namespace json_frames;
using strings = hub_fixture::strings;

namespace {

connect_request without_roles(std::string_view subprotocol, strings groups = {}) {
    auto asked = hub_fixture::request(subprotocol, "ann", std::move(groups));
    asked.roles.clear();
    return asked;
}

} // namespace

TEST_CASE("the groups of a token need no role, nor do the sends of the application") {
    hub_fixture f;
    const auto client = f.connect(without_roles(f.plain, {"g"}));
    CHECK(f.hub.is_in_group(f.id_of(client), "g"));
    CHECK_FALSE(f.hub.has_permission(f.id_of(client), permission::join_leave_group, "g"));
    CHECK(f.hub.send_to_group(f.now, "g", text_payload("x")) == 1u);
}

TEST_CASE("ping, sequenceAck, events and invocations need no role") {
    hub_fixture f;
    const auto client = f.connect(without_roles(f.reliable));
    REQUIRE(f.hub.send_to_all(f.now, text_payload("x")) == 1u);
    f.drain();
    f.take(client);
    f.send_json(client, ping_message{});
    f.send_json(client, sequence_ack_message{1});
    f.send_json(client, invoke_message{"1", "e"});
    f.send_json(client, event_message{"e", 1, text_payload("x")});
    CHECK(f.take(client) == strings{R"({"type":"pong"})"});
    CHECK(f.invocations.size() == 1);
    REQUIRE(f.events.size() == 1);
    REQUIRE(f.hub.answer_event(f.now, f.events[0].id));
    f.drain();
    CHECK(f.take(client) == strings{ack("1")});
    f.gone(client);
    CHECK(f.take(f.recover_of(client)).size() == 1);
}

TEST_CASE("joining and leaving are in force before their acks are written") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    const auto id = f.id_of(client);
    f.hub.handle_frame(f.now, client, frame_kind::text, R"({"type":"joinGroup","group":"g","ackId":1})");
    CHECK(f.hub.is_in_group(id, "g"));
    f.hub.handle_frame(f.now, client, frame_kind::text, R"({"type":"leaveGroup","group":"g","ackId":2})");
    CHECK_FALSE(f.hub.is_in_group(id, "g"));
    CHECK(f.take(client).empty());
    f.drain();
    CHECK(f.take(client) == strings{ack("1"), ack("2")});
}

TEST_CASE("a user event may have the name of one of the service's own") {
    for (const auto* const name : {"connect", "connected", "disconnected"}) {
        hub_fixture f;
        const auto client = f.connect(f.plain);
        f.send_json(client, event_message{name, {}, text_payload("x")});
        REQUIRE(f.events.size() == 1);
        CHECK(f.events[0].event == name);
        CHECK(f.ids.size() == 1);
        CHECK(f.ends.empty());
    }
}

TEST_CASE("an event's data reaches the application as it was sent, and so does its answer the client") {
    const std::vector<payload> samples{text_payload("h\xc3\xa9"), json_payload("{ \"a\" : 1.0 }"),
                                       binary_payload(std::string("\0\xff", 2)), protobuf_payload("\x0a\x01u")};
    for (const auto& data : samples) {
        for (const auto& form : all_service_codecs()) {
            hub_fixture f({}, all_service_codecs());
            const auto client = f.connect(form.protocol().name);
            const bool is_json = form.protocol().encoding == encoding::json;
            is_json ? f.send_json(client, event_message{"e", 1, data})
                    : f.send_protobuf(client, event_message{"e", 1, data});
            REQUIRE(f.events.size() == 1);
            CHECK(f.events[0].data == data);
            REQUIRE(f.hub.answer_event(f.now, f.events[0].id, data));
            f.drain();
            const auto number = form.protocol().reliable ? std::optional<std::uint64_t>(1) : std::nullopt;
            CHECK(f.messages(client) ==
                  std::vector<service_message>{server_data_message{number, data}, ack_message{1}});
        }
    }
}

TEST_CASE("a message that is sent again has its metadata, and its sender") {
    hub_fixture f;
    const auto sender = f.connect(f.plain, "ann");
    const auto member = f.connect(f.reliable, {}, {"g"});
    f.send_json(sender, send_to_group_message{"g", {}, false, text_payload("x"), {{"k", "v"}}});
    const auto first = f.take(member);
    f.gone(member);
    const auto again = f.take(f.recover_of(member));
    REQUIRE(again.size() == 2);
    CHECK(again[1] == first.at(0));
    CHECK(first[0].find(R"("metadata":{"k":"v"})") != std::string::npos);
}

TEST_CASE("metadata without data is an empty text for every member and for the application") {
    hub_fixture f;
    const auto client = f.connect(f.plain, "ann", {"g"});
    const auto simple = f.connect("", "", {"g"});
    f.text(client, R"({"type":"sendToGroup","group":"g","metadata":{"k":"v"}})");
    CHECK(f.messages(client) ==
          std::vector<service_message>{group_data_message{{}, "g", text_payload(""), "ann", {{"k", "v"}}}});
    CHECK(f.take(simple) == strings{""});
    f.text(client, R"({"type":"event","event":"e","metadata":{"k":"v"}})");
    REQUIRE(f.events.size() == 1);
    CHECK(f.events[0].data == text_payload(""));
}

TEST_CASE("an anonymous protobuf client is told an empty user, and no token unless it is reliable") {
    for (const bool reliable : {false, true}) {
        hub_fixture f({}, all_service_codecs());
        const auto client =
            f.connect(reliable ? "protobuf.reliable.webpubsub.azure.v1" : "protobuf.webpubsub.azure.v1");
        service_message first;
        REQUIRE(protobuf_codec().decode(f.first_frame[client].substr(std::string("binary ").size()), first));
        const auto& hello = get<connected_message>(first);
        CHECK(hello.connection_id == f.id_of(client));
        CHECK(hello.user_id.empty());
        CHECK(hello.reconnection_token.empty() == !reliable);
    }
}

TEST_CASE("a message whose time is over makes room for the next, also when the host was not called meanwhile") {
    using namespace std::chrono_literals;
    hub_options options;
    options.queues.outbound.frames = 3;
    hub_fixture f(options);
    const auto reader = f.connect(f.plain, {}, {"g"});
    f.stalled.insert(reader);
    for (int i = 0; i < 4; ++i) {
        REQUIRE(f.hub.send_to_group(f.now, "g", text_payload("short"), {.time_to_live = 1s}) == 1u);
        f.drain();
    }
    // No deadline tells the host of it.
    f.now.steady += 1s;
    SECTION("the next is a message") { CHECK(f.hub.send_to_group(f.now, "g", text_payload("next")) == 1u); }
    SECTION("the next is a pong") { f.text(reader, R"({"type":"ping"})"); }
    f.drain();
    CHECK_FALSE(f.close_of(reader));
}
