// SPDX-License-Identifier: MIT

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <string>

using namespace webpubsub;
using strings = hub_fixture::strings;
using close_note = hub_fixture::close_note;

namespace {

std::string ack(const std::string& id) { return R"({"type":"ack","ackId":)" + id + R"(,"success":true})"; }

std::string failed_ack(const std::string& id, const std::string& name, const std::string& message) {
    return R"({"type":"ack","ackId":)" + id + R"(,"success":false,"error":{"name":")" + name + R"(","message":")" +
           message + R"("}})";
}

std::string group_message(const std::string& group, const std::string& text, const std::string& user) {
    return R"({"type":"message","from":"group","group":")" + group + R"(","dataType":"text","data":")" + text +
           R"(","fromUserId":)" + (user.empty() ? "null" : '"' + user + '"') + "}";
}

std::string server_message(const std::string& text) {
    return R"({"type":"message","from":"server","dataType":"text","data":")" + text + R"("})";
}

} // namespace

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
    options.max_frame_size = 100;
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

TEST_CASE("a ping is answered by a pong, and a sequenceAck on a plain connection is ignored") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"ping"})");
    f.text(client, R"({"type":"sequenceAck","sequenceId":7})");
    CHECK(f.take(client) == strings{R"({"type":"pong"})"});
}

TEST_CASE("joining and leaving are idempotent, acknowledged, and silent without an ackId") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"joinGroup","group":"a","ackId":1})");
    f.text(client, R"({"type":"joinGroup","group":"a","ackId":2})");
    CHECK(f.hub.connection_count_of_group("a") == 1);
    f.text(client, R"({"type":"leaveGroup","group":"a","ackId":3})");
    f.text(client, R"({"type":"leaveGroup","group":"a","ackId":4})");
    CHECK_FALSE(f.hub.group_exists("a"));
    CHECK(f.take(client) == strings{ack("1"), ack("2"), ack("3"), ack("4")});
    f.text(client, R"({"type":"joinGroup","group":"a"})");
    CHECK(f.hub.group_exists("a"));
    CHECK(f.take(client).empty());
}

TEST_CASE("a request without its role is answered by Forbidden, has no effect, and its id stays free") {
    struct row {
        std::string request;
        std::string action;
        std::string role;
    };
    const auto each = GENERATE(row{R"("joinGroup")", "join", "webpubsub.joinLeaveGroup.a"},
                               row{R"("leaveGroup")", "leave", "webpubsub.joinLeaveGroups.?"},
                               row{R"("sendToGroup","data":1)", "send to", "webpubsub.sendToGroup"});
    hub_fixture f;
    auto asked = f.request(f.plain, {}, {"a"});
    asked.roles = {"webpubsub.joinLeaveGroup.other", "webpubsub.sendToGroup.other"};
    const auto client = f.connect(asked);
    const auto frame = [&](const std::string& rest) { return R"({"group":"a","type":)" + each.request + rest + "}"; };
    const auto text = "The client does not have permission to " + each.action + " group 'a'.";
    f.text(client, frame(R"(,"ackId":5)"));
    f.text(client, frame(R"(,"ackId":5)"));
    CHECK(f.take(client) == strings{failed_ack("5", "Forbidden", text), failed_ack("5", "Forbidden", text)});
    f.text(client, frame(""));
    CHECK(f.take(client).empty());
    CHECK(f.hub.connection_count_of_group("a") == 1);

    asked.roles.push_back(each.role);
    const auto allowed = f.connect(asked);
    f.text(allowed, frame(R"(,"ackId":5)"));
    CHECK(f.take(allowed).back() == ack("5"));
}

TEST_CASE("an ackId that succeeded is a Duplicate for every kind of request and is not executed again") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"joinGroup","group":"a","ackId":18446744073709551615})");
    CHECK(f.take(client) == strings{ack("18446744073709551615")});
    const std::string repeated =
        GENERATE(R"({"type":"joinGroup","group":"b")", R"({"type":"leaveGroup","group":"a")",
                 R"({"type":"sendToGroup","group":"a","data":1)", R"({"type":"event","event":"e","data":1)");
    f.text(client, repeated + R"(,"ackId":18446744073709551615})");
    CHECK(f.take(client) == strings{failed_ack("18446744073709551615", "Duplicate",
                                               "Message with ack-id: 18446744073709551615 has been processed")});
    CHECK(f.hub.connection_count_of_group("a") == 1);
    CHECK_FALSE(f.hub.group_exists("b"));
    CHECK(f.events.empty());
}

TEST_CASE("the memory of ackIds is the connection's own and holds as many as its option says") {
    hub_options options;
    options.ack_history = 2;
    hub_fixture f(options);
    const auto client = f.connect(f.plain);
    const auto other = f.connect(f.plain);
    for (const auto* id : {"1", "2", "3"}) {
        f.text(client, std::string(R"({"type":"joinGroup","group":"a","ackId":)") + id + "}");
    }
    f.take(client);
    f.text(other, R"({"type":"joinGroup","group":"a","ackId":3})");
    CHECK(f.take(other) == strings{ack("3")});
    f.text(client, R"({"type":"joinGroup","group":"a","ackId":2})");
    CHECK(f.take(client) == strings{failed_ack("2", "Duplicate", "Message with ack-id: 2 has been processed")});
    f.text(client, R"({"type":"joinGroup","group":"a","ackId":1})");
    CHECK(f.take(client) == strings{ack("1")});
}

TEST_CASE("a message reaches every member, its sender before the ack, and needs no membership") {
    hub_fixture f;
    const auto sender = f.connect(f.plain, "ann", {"a"});
    const auto member = f.connect(f.plain, "bob", {"a"});
    const auto stranger = f.connect(f.plain, "", {"b"});
    f.text(sender, R"({"type":"sendToGroup","group":"a","dataType":"text","data":"hi","ackId":1})");
    CHECK(f.take(sender) == strings{group_message("a", "hi", "ann"), ack("1")});
    CHECK(f.take(member) == strings{group_message("a", "hi", "ann")});
    CHECK(f.take(stranger).empty());
    f.text(stranger, R"({"type":"sendToGroup","group":"a","dataType":"text","data":"yo"})");
    CHECK(f.take(member) == strings{group_message("a", "yo", "")});
    f.text(stranger, R"({"type":"sendToGroup","group":"nobody","data":1,"ackId":9})");
    CHECK(f.take(stranger) == strings{ack("9")});
}

TEST_CASE("noEcho keeps a message from its own connection only, not from the user's others") {
    hub_fixture f;
    const auto first = f.connect(f.plain, "ann", {"a"});
    const auto second = f.connect(f.plain, "ann", {"a"});
    f.text(first, R"({"type":"sendToGroup","group":"a","dataType":"text","data":"hi","noEcho":true})");
    CHECK(f.take(first).empty());
    CHECK(f.take(second) == strings{group_message("a", "hi", "ann")});
    f.text(first, R"({"type":"sendToGroup","group":"a","dataType":"text","data":"hi","noEcho":false})");
    CHECK(f.take(first).size() == 1);
}

TEST_CASE("data arrives in each form as subprotocols.md section 6 says") {
    struct row {
        std::string sent;
        std::string json;
        std::string simple;
    };
    const auto each =
        GENERATE(row{R"("dataType":"text","data":"a\"b")", R"("dataType":"text","data":"a\"b")", "a\"b"},
                 row{R"("data":{"x" : 1.0})", R"("dataType":"json","data":{"x" : 1.0})", R"({"x" : 1.0})"},
                 row{R"("dataType":"json","data":"s")", R"("dataType":"json","data":"s")", R"("s")"},
                 row{R"("dataType":"binary","data":"AQID")", R"("dataType":"binary","data":"AQID")", "binary \1\2\3"});
    hub_fixture f;
    const auto sender = f.connect(f.plain);
    const auto json = f.connect(f.plain, {}, {"a"});
    const auto reliable = f.connect(f.reliable, {}, {"a"});
    const auto simple = f.connect("", {}, {"a"});
    f.text(sender, R"({"type":"sendToGroup","group":"a",)" + each.sent + "}");
    const auto body = R"("type":"message","from":"group","group":"a",)" + each.json + R"(,"fromUserId":null})";
    CHECK(f.take(json) == strings{"{" + body});
    CHECK(f.take(reliable) == strings{R"({"sequenceId":1,)" + body});
    CHECK(f.take(simple) == strings{each.simple});
}

TEST_CASE("one group too many is a BadRequest, and joining one again is not") {
    hub_options options;
    options.max_groups_per_connection = 2;
    hub_fixture f(options);
    const auto client = f.connect(f.plain, {}, {"a", "b"});
    f.text(client, R"({"type":"joinGroup","group":"c","ackId":1})");
    f.text(client, R"({"type":"joinGroup","group":"a","ackId":2})");
    f.text(client, R"({"type":"leaveGroup","group":"a"})");
    f.text(client, R"({"type":"joinGroup","group":"c","ackId":1})");
    CHECK(f.take(client) == strings{failed_ack("1", "BadRequest", "The connection is in as many groups as it may be."),
                                    ack("2"), ack("1")});
}

TEST_CASE("an event goes to the application, its answer to the client before the ack") {
    hub_fixture f;
    const auto client = f.connect(f.plain, "ann");
    f.text(client, R"({"type":"event","event":"order.created","dataType":"text","data":"7","ackId":5})");
    REQUIRE(f.events.size() == 1);
    CHECK(f.events[0].event == "order.created");
    CHECK(f.events[0].user_id == "ann");
    CHECK(f.events[0].connection_id == f.id_of(client));
    CHECK(f.events[0].data == text_payload("7"));
    CHECK(f.take(client).empty());
    CHECK(f.hub.answer_event(f.now, f.events[0].id, text_payload("ok")));
    f.drain();
    CHECK(f.take(client) == strings{server_message("ok"), ack("5")});

    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":6})");
    CHECK(f.hub.answer_event(f.now, f.events[1].id));
    f.drain();
    CHECK(f.take(client) == strings{ack("6")});
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":6})");
    CHECK(f.take(client) == strings{failed_ack("6", "Duplicate", "Message with ack-id: 6 has been processed")});
}

TEST_CASE("a failed event is answered by InternalServerError, stays retriable, and keeps the connection") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":5})");
    CHECK(f.hub.fail_event(f.now, f.events[0].id));
    f.drain();
    CHECK(f.take(client) == strings{failed_ack("5", "InternalServerError", "Internal server error")});
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":5})");
    REQUIRE(f.events.size() == 2);
    CHECK(f.hub.answer_event(f.now, f.events[1].id));
    f.drain();
    CHECK(f.take(client) == strings{ack("5")});
    f.text(client, R"({"type":"event","event":"e","data":1})");
    CHECK(f.hub.fail_event(f.now, f.events[2].id));
    f.drain();
    CHECK(f.take(client).empty());
    CHECK_FALSE(f.close_of(client));
}

TEST_CASE("by option a failed event drops the connection") {
    hub_options options;
    options.drop_on_failed_event = true;
    hub_fixture f(options);
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":5})");
    CHECK(f.hub.fail_event(f.now, f.events[0].id));
    f.drain();
    CHECK(f.close_of(client) == close_note{1011, "Internal server error"});
}

TEST_CASE("an event that nobody answers fails after its time, and a late answer finds nothing") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":5})");
    CHECK(f.hub.poll_timeout() == f.now.steady + std::chrono::seconds{100});
    f.advance(std::chrono::milliseconds{99'999});
    CHECK(f.take(client).empty());
    f.advance(std::chrono::milliseconds{1});
    CHECK(f.take(client) == strings{failed_ack("5", "InternalServerError", "Internal server error")});
    CHECK(f.hub.answer_event(f.now, f.events[0].id).error() == errc::unknown_target);
    CHECK(f.hub.fail_event(f.now, f.events[0].id).error() == errc::unknown_target);
    CHECK(f.hub.answer_event(f.now, 12345).error() == errc::unknown_target);
    CHECK_FALSE(f.hub.poll_timeout());
}

TEST_CASE("events of different connections are answered in any order, each to its own") {
    hub_fixture f;
    std::vector<transport_id> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(f.connect(f.plain));
        f.text(clients.back(), R"({"type":"event","event":"e","data":1,"ackId":1})");
    }
    for (const std::size_t i : {2u, 0u, 1u}) {
        CHECK(f.hub.answer_event(f.now, f.events[i].id, text_payload(std::to_string(i))));
    }
    f.drain();
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(f.take(clients[i]) == strings{server_message(std::to_string(i)), ack("1")});
    }
}

TEST_CASE("an answer that is no payload of its type is refused and the event still waits") {
    hub_options options;
    options.max_payload_size = 10;
    hub_fixture f(options);
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":5})");
    const auto id = f.events[0].id;
    CHECK(f.hub.answer_event(f.now, id, json_payload("{")).error().code == errc::invalid_payload);
    CHECK(f.hub.answer_event(f.now, id, text_payload("\xff")).error().code == errc::invalid_payload);
    CHECK(f.hub.answer_event(f.now, id, text_payload(std::string(11, 'x'))).error() == errc::frame_too_large);
    CHECK(f.hub.answer_event(f.now, id, json_payload("{}")));
    f.drain();
    CHECK(f.take(client).size() == 2);
}

TEST_CASE("the end of a connection takes its event back") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"event","event":"e","data":1})");
    f.gone(client, 1000);
    CHECK(f.hub.answer_event(f.now, f.events[0].id).error() == errc::unknown_target);
    CHECK_FALSE(f.hub.poll_timeout());
}

TEST_CASE("while an event waits for its answer later requests wait too, but ping and sequenceAck pass") {
    hub_fixture f;
    const auto client = f.connect(f.reliable, {}, {"a"});
    CHECK(f.hub.send_to_group(f.now, "a", text_payload("x")).value() == 1);
    f.drain();
    f.take(client);
    f.text(client, R"({"type":"event","event":"one","data":1,"ackId":1})");
    f.text(client, R"({"type":"joinGroup","group":"b","ackId":2})");
    f.text(client, R"({"type":"event","event":"two","data":1,"ackId":3})");
    f.text(client, R"({"type":"joinGroup","group":"c","ackId":1})");
    f.text(client, R"({"type":"ping"})");
    f.text(client, R"({"type":"sequenceAck","sequenceId":1})");
    CHECK(f.take(client) == strings{R"({"type":"pong"})"});
    CHECK_FALSE(f.hub.group_exists("b"));
    REQUIRE(f.events.size() == 1);

    CHECK(f.hub.answer_event(f.now, f.events[0].id));
    f.drain();
    CHECK(f.take(client) == strings{ack("1"), ack("2")});
    CHECK(f.hub.group_exists("b"));
    REQUIRE(f.events.size() == 2);
    CHECK(f.events[1].event == "two");

    CHECK(f.hub.fail_event(f.now, f.events[1].id));
    f.drain();
    CHECK(f.take(client) == strings{failed_ack("3", "InternalServerError", "Internal server error"),
                                    failed_ack("1", "Duplicate", "Message with ack-id: 1 has been processed")});
    // The message was acknowledged while the event waited.
    f.gone(client);
    const auto again = f.recover_of(client);
    CHECK(f.take(again).size() == 1);
}

TEST_CASE("more waiting requests than the limit close with 1008") {
    hub_options options;
    const bool by_bytes = GENERATE(false, true);
    const std::string join = R"({"type":"joinGroup","group":"b"})";
    options.waiting_requests =
        by_bytes ? queue_limits{1000, static_cast<std::uint32_t>(2 * join.size())} : queue_limits{2, 1000};
    hub_fixture f(options);
    const auto client = f.connect(f.reliable);
    f.text(client, R"({"type":"event","event":"e","data":1})");
    f.text(client, join);
    f.text(client, join);
    CHECK_FALSE(f.close_of(client));
    f.text(client, join);
    REQUIRE(f.close_of(client));
    CHECK(f.close_of(client)->code == 1008);
    CHECK(f.end_of(client));
    CHECK(f.hub.answer_event(f.now, f.events[0].id).error() == errc::unknown_target);
}

TEST_CASE("each frame of a simple client is an event message, and the answer is a bare frame") {
    hub_fixture f;
    const auto client = f.connect("", "ann");
    CHECK(f.first_frame[client].empty());
    f.text(client, "hello");
    REQUIRE(f.events.size() == 1);
    CHECK(f.events[0].event == "message");
    CHECK(f.events[0].data == text_payload("hello"));
    struct row {
        payload answer;
        std::string frame;
    };
    const auto each = GENERATE(row{text_payload("t"), "t"}, row{json_payload("[1]"), "[1]"},
                               row{binary_payload("b"), "binary b"}, row{protobuf_payload("p"), "binary p"});
    CHECK(f.hub.answer_event(f.now, f.events[0].id, each.answer));
    f.drain();
    CHECK(f.take(client) == strings{each.frame});
    f.binary(client, std::string("\xff\0", 2));
    CHECK(f.events[1].data == binary_payload(std::string("\xff\0", 2)));
    CHECK(f.hub.answer_event(f.now, f.events[1].id));
    f.drain();
    CHECK(f.take(client).empty());
    f.text(client, R"({"type":"ping"})");
    CHECK(f.events[2].data == text_payload(R"({"type":"ping"})"));
}

TEST_CASE("a simple client whose event fails is closed with 1011") {
    hub_fixture f;
    const auto client = f.connect("");
    f.text(client, "hello");
    if (GENERATE(false, true)) {
        CHECK(f.hub.fail_event(f.now, f.events[0].id));
        f.drain();
    } else {
        f.advance(std::chrono::seconds{100});
    }
    CHECK(f.close_of(client) == close_note{1011, "Internal server error"});
    CHECK(f.end_of(client) == "Internal server error");
}

TEST_CASE("text of a simple client that is not UTF-8 closes with 1007") {
    hub_fixture f;
    const auto client = f.connect("");
    f.text(client, "\xc0");
    REQUIRE(f.close_of(client));
    CHECK(f.close_of(client)->code == 1007);
    CHECK(f.events.empty());
}
