// SPDX-License-Identifier: MIT

#include <webpubsub/codec/json.hpp>
#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace webpubsub;
using namespace json_frames;
using strings = hub_fixture::strings;
using close_note = hub_fixture::close_note;

TEST_CASE("a frame that is no client message closes with 1007 and ends the connection (subprotocols.md section 13)") {
    const std::string frame = GENERATE(
        "hello", "", "[]", "{}", R"({"group":"a"})", R"({"type":"unknown"})", R"({"type":1})",
        R"({"type":"joinGroup"})", R"({"type":"joinGroup","group":1})", R"({"type":"joinGroup","group":""})",
        R"({"type":"joinGroup","group":"  "})", R"({"type":"leaveGroup","group":"\t"})",
        R"({"type":"sendToGroup","group":"","data":1})", R"({"type":"joinGroup","group":"a","ackId":"1"})",
        R"({"type":"joinGroup","group":"a","ackId":-1})",
        R"({"type":"joinGroup","group":"a","ackId":18446744073709551616})", R"({"type":"sendToGroup","group":"a"})",
        R"({"type":"sendToGroup","group":"a","dataType":"binary","data":"%"})",
        R"({"type":"sendToGroup","group":"a","dataType":"text","data":1})",
        R"({"type":"sendToGroup","group":"a","dataType":"none","data":1})",
        R"({"type":"sendToGroup","group":"a","noEcho":"true","data":1})", R"({"type":"event","event":"1a","data":1})",
        R"({"type":"event","event":"a b","data":1})", R"({"type":"event","event":"a"})", R"({"type":"sequenceAck"})",
        R"({"type":"ping"} x)", R"({"type":"ping")");
    const auto subprotocol = GENERATE(hub_fixture::plain, hub_fixture::reliable);
    hub_fixture f;
    const auto client = f.connect(subprotocol, "u");
    f.text(client, frame);
    CHECK(f.close_of(client) == close_note{1007, "The client message is not a valid JSON protocol message."});
    CHECK(f.end_of(client) == "The client message is not a valid JSON protocol message.");
    CHECK_FALSE(f.hub.connection_exists(f.id_of(client)));
}

TEST_CASE("a group name is longer than 1024 characters: 1007") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"joinGroup","group":")" + std::string(1024, 'x') + R"("})");
    CHECK_FALSE(f.close_of(client));
    f.text(client, R"({"type":"joinGroup","group":")" + std::string(1025, 'x') + R"("})");
    REQUIRE(f.close_of(client));
    CHECK(f.close_of(client)->code == 1007);
}

TEST_CASE("a binary frame on a JSON subprotocol closes with 1003") {
    hub_fixture f;
    const auto client = f.connect(GENERATE(hub_fixture::plain, hub_fixture::reliable));
    f.binary(client, R"({"type":"ping"})");
    CHECK(f.close_of(client) == close_note{1003, "The JSON subprotocol requires text messages."});
    CHECK(f.end_of(client) == "The JSON subprotocol requires text messages.");
}

TEST_CASE("a frame above the size limit closes with 1009, one at the limit does not") {
    hub_options options;
    options.frames.max_received_size = 100;
    hub_fixture f(options);
    const auto client = f.connect(f.plain);
    const std::string ping = R"({"type":"ping"})";
    f.text(client, ping + std::string(100 - ping.size(), ' '));
    CHECK(f.take(client) == strings{R"({"type":"pong"})"});
    f.text(client, ping + std::string(101 - ping.size(), ' '));
    CHECK(f.close_of(client) == close_note{1009, "The client message is too large."});
    CHECK(f.end_of(client) == "The client message is too large.");
}

TEST_CASE("what the WebSocket layer can't read ends the connection with the layer's code") {
    struct row {
        std::uint16_t code;
        std::string reason;
    };
    const auto each = GENERATE(row{1002, "The client frame is invalid."},
                               row{1007, "The client message is not a valid JSON protocol message."},
                               row{1009, "The client message is too large."});
    hub_fixture f;
    const auto client = f.connect(f.reliable);
    f.hub.handle_bad_frame(f.now, client, each.code);
    f.drain();
    CHECK(f.close_of(client) == close_note{each.code, each.reason});
    CHECK(f.end_of(client) == each.reason);
}

TEST_CASE("the frames before a bad one are answered before the close") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.hub.handle_frame(f.now, client, frame_kind::text, R"({"type":"joinGroup","group":"a","ackId":1})");
    f.hub.handle_frame(f.now, client, frame_kind::text, "x");
    REQUIRE(f.hub.poll_event().has_value());
    CHECK_FALSE(f.hub.poll_event().has_value());
    f.drain();
    CHECK(f.take(client) == strings{ack("1")});
    CHECK(f.close_of(client)->code == 1007);
}

TEST_CASE("what every encoding must refuse of streams, invocations and group state closes with 1007") {
    const std::string frame =
        GENERATE(R"({"type":"sendToGroup","group":" ","stream":{"streamId":"s"}})",
                 R"({"type":"sendToGroup","group":"a","stream":{"streamId":""}})",
                 R"({"type":"sendToGroup","group":"a","stream":{"streamId":"s","idleTimeoutMs":0}})",
                 R"({"type":"streamData","streamId":"s","streamSequenceId":0,"dataType":"text","data":"x"})",
                 R"({"type":"streamData"})", R"({"type":"streamEnd"})", R"({"type":"invoke","event":"e"})",
                 R"({"type":"invoke","invocationId":"1","event":"1e"})",
                 R"({"type":"invoke","invocationId":"1","event":"e","target":"group"})",
                 R"({"type":"cancelInvocation"})", R"({"type":"setGroupState","group":"\t","state":{}})",
                 R"({"type":"setGroupState","group":"a","state":{"k":1}})", R"({"type":"subscribeGroupState"})",
                 R"({"type":"unsubscribeGroupState","group":""})");
    CAPTURE(frame);
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, frame);
    REQUIRE(f.close_of(client));
    CHECK(f.close_of(client)->code == close_code::invalid_payload);
    CHECK(f.invocations.empty());
}

TEST_CASE("text of a simple client that is not UTF-8 closes with 1007") {
    hub_fixture f;
    const auto client = f.connect("");
    f.text(client, "\xc0");
    REQUIRE(f.close_of(client));
    CHECK(f.close_of(client)->code == 1007);
    CHECK(f.events.empty());
}
