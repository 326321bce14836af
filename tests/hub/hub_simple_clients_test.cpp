// SPDX-License-Identifier: MIT
#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

using namespace webpubsub;
using strings = hub_fixture::strings;
using close_note = hub_fixture::close_note;

namespace {

connect_request publisher_to(const std::string& group, bool no_echo = false, strings groups = {}) {
    auto asked = hub_fixture::request("", "ann", std::move(groups));
    asked.publishes_to = send_to_group_mode{group, no_echo};
    return asked;
}

const close_note unauthorized{close_code::policy_violation,
                              "The connection is not authorized for raw sendToGroup mode."};

} // namespace

TEST_CASE("in the mode sendToGroup each frame of a simple client is a message to its group") {
    hub_fixture f({}, all_service_codecs());
    const auto json = f.connect(f.plain, "", {"g"});
    const auto protobuf = f.connect("protobuf.webpubsub.azure.v1", "", {"g"});
    const auto simple = f.connect("", "", {"g"});
    const auto elsewhere = f.connect(f.plain, "", {"h"});
    const auto sender = f.connect(publisher_to("g"));
    f.text(sender, "hello");
    f.binary(sender, std::string("\0\xff", 2));
    CHECK(f.take(json) ==
          strings{
              json_frames::group_message("g", "hello", "ann"),
              R"({"type":"message","from":"group","group":"g","dataType":"binary","data":"AP8=","fromUserId":"ann"})"});
    const auto received = f.messages(protobuf);
    REQUIRE(received.size() == 2);
    CHECK(get<group_data_message>(received[0]).data == text_payload("hello"));
    CHECK(get<group_data_message>(received[1]).data == binary_payload(std::string("\0\xff", 2)));
    CHECK(f.take(simple) == strings{"hello", std::string("binary \0\xff", 9)});
    CHECK(f.take(elsewhere).empty());
    CHECK(f.take(sender).empty());
    CHECK(f.events.empty());
}

TEST_CASE("a simple client in its own group gets its messages back, unless it does not want them") {
    for (const bool no_echo : {false, true}) {
        hub_fixture f;
        const auto sender = f.connect(publisher_to("g", no_echo, {"g"}));
        f.text(sender, "x");
        CHECK(f.take(sender) == (no_echo ? strings{} : strings{"x"}));
    }
}

TEST_CASE("without the permission the mode sendToGroup ends the connection with 1008") {
    hub_fixture f;
    auto asked = publisher_to("g");
    SECTION("for another group") { asked.roles = {"webpubsub.sendToGroup.h"}; }
    SECTION("to join") { asked.roles = {"webpubsub.joinLeaveGroup"}; }
    SECTION("of none") { asked.roles = {}; }
    const auto sender = f.connect(asked);
    CHECK(f.close_of(sender) == unauthorized);
    CHECK(f.end_of(sender) == unauthorized.reason);
    CHECK(f.hub.connection_count() == 0);
}

TEST_CASE("a role for the group, or a pattern, is enough for the mode sendToGroup, until it is revoked") {
    for (const auto* const role : {"webpubsub.sendToGroup.g", "webpubsub.sendToGroups.?"}) {
        hub_fixture f;
        const auto member = f.connect(f.plain, "", {"g"});
        auto asked = publisher_to("g");
        asked.roles = {role};
        const auto sender = f.connect(asked);
        f.text(sender, "x");
        CHECK(f.take(member).size() == 1);
        REQUIRE(f.hub.revoke(f.now, f.id_of(sender), permission::send_to_group, "g"));
        f.text(sender, "y");
        CHECK(f.take(member).empty());
        CHECK(f.close_of(sender) == unauthorized);
    }
}

TEST_CASE("text that is not UTF-8 ends a connection in the mode sendToGroup, and one that is too long") {
    hub_options options;
    options.frames.max_received_size = 4;
    hub_fixture f(options);
    const auto sender = f.connect(publisher_to("g"));
    SECTION("not UTF-8") {
        f.text(sender, "\xff");
        CHECK(f.close_of(sender)->code == close_code::invalid_payload);
    }
    SECTION("too long") {
        f.binary(sender, "12345");
        CHECK(f.close_of(sender)->code == close_code::message_too_big);
    }
}

TEST_CASE("the mode of a client that turns out to speak a PubSub subprotocol means nothing") {
    hub_fixture f;
    auto asked = publisher_to("g", false, {"g"});
    asked.subprotocols = {std::string(f.plain)};
    const auto client = f.connect(asked);
    f.text(client, "hello");
    CHECK(f.close_of(client)->code == close_code::invalid_payload);
}

TEST_CASE("the mode stays with a client whose own subprotocol the application confirms") {
    hub_options options;
    options.application.ask_on_connect = true;
    hub_fixture f(options);
    auto asked = publisher_to("g", false, {"g"});
    asked.subprotocols = {"mine"};
    const auto waits = get<waiting>(f.hub.admit(f.now, asked));
    REQUIRE(f.hub.accept_connect(f.now, waits.id, {.subprotocol = "mine"}));
    f.drain();
    const auto let_in = get<accepted>(f.outcomes.at(waits.id));
    CHECK(let_in.subprotocol == "mine");
    f.hub.handle_opened(f.now, let_in.transport);
    f.text(let_in.transport, "x");
    CHECK(f.take(let_in.transport) == strings{"x"});
}

TEST_CASE("a group to publish to with an invalid name is refused") {
    hub_fixture f;
    CHECK(get<refused>(f.hub.admit(f.now, publisher_to(" "))).http_status == 400);
}
