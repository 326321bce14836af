// SPDX-License-Identifier: MIT

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <string>

using namespace webpubsub;
using namespace json_frames;
using strings = hub_fixture::strings;
using close_note = hub_fixture::close_note;

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
    options.requests.ack_history = 2;
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
    options.groups.max_per_connection = 2;
    hub_fixture f(options);
    const auto client = f.connect(f.plain, {}, {"a", "b"});
    f.text(client, R"({"type":"joinGroup","group":"c","ackId":1})");
    f.text(client, R"({"type":"joinGroup","group":"a","ackId":2})");
    f.text(client, R"({"type":"leaveGroup","group":"a"})");
    f.text(client, R"({"type":"joinGroup","group":"c","ackId":1})");
    CHECK(f.take(client) == strings{failed_ack("1", "BadRequest", "The connection is in as many groups as it may be."),
                                    ack("2"), ack("1")});
}
