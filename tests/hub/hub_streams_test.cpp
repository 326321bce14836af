// SPDX-License-Identifier: MIT

// Streams to groups, from their start to their end: subprotocols.md section 9.

#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>

#include "hub/stream_fixture.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace streams;
using strings = hub_fixture::strings;

TEST_CASE("a stream from its start to its end, byte for byte") {
    hub_fixture f;
    const auto publisher = f.connect(f.plain, "ann", {"g"});
    const auto subscriber = f.connect(f.reliable, {}, {"g"});
    f.text(publisher, R"({"type":"sendToGroup","group":"g","noEcho":true,"stream":{"streamId":"s1"}})");
    CHECK(f.take(publisher) == strings{R"({"type":"streamAck","streamId":"s1","expectedSequenceId":1})"});
    CHECK(f.take(subscriber).empty());
    f.text(publisher, R"({"type":"streamData","streamId":"s1","streamSequenceId":1,"dataType":"json","data":[ 1 ]})");
    CHECK(f.take(publisher) == strings{R"({"type":"streamAck","streamId":"s1","expectedSequenceId":2})"});
    f.text(publisher, R"({"type":"streamEnd","streamId":"s1"})");
    CHECK(f.take(publisher) == strings{R"({"type":"streamClosed","streamId":"s1"})"});
    const auto got = f.take(subscriber);
    REQUIRE(got.size() == 2);
    CHECK(got[0] == R"({"sequenceId":1,"type":"message","from":"group","group":"g","dataType":"json","data":[ 1 ],)"
                    R"("fromUserId":"ann","stream":{"streamId":"s1","streamSequenceId":1}})");
    CHECK(got[1] == R"({"sequenceId":2,"type":"message","from":"group","group":"g","dataType":"text","data":"",)"
                    R"("fromUserId":"ann","stream":{"streamId":"s1","streamSequenceId":2,"endOfStream":true}})");
}

TEST_CASE("a fragment with the expected number is delivered, then acknowledged") {
    stream_fixture f;
    f.publish();
    f.send(part(1, "one"));
    f.send(part(2, "two"));
    CHECK(f.to_publisher() == service_messages{stream_ack_message{"s", 2}, stream_ack_message{"s", 3}});
    CHECK(f.to_subscriber() == service_messages{fragment(1, "one"), fragment(2, "two")});
}

TEST_CASE("a fragment with a smaller number is dropped and acknowledged, one with a larger number refused") {
    stream_fixture f;
    f.publish(2);
    f.send(part(1));
    CHECK(f.to_publisher() == service_messages{stream_ack_message{"s", 3}});
    f.send(part(4));
    const auto refused = f.to_publisher();
    REQUIRE(refused.size() == 1);
    const auto& nack = get<stream_nack_message>(refused[0]);
    CHECK(nack.stream_id == "s");
    CHECK(nack.name == "InvalidSequenceId");
    CHECK(nack.expected_sequence_id == 3);
    CHECK(f.to_subscriber().empty());
    // The stream goes on where it was.
    f.send(part(3));
    CHECK(f.to_publisher() == service_messages{stream_ack_message{"s", 4}});
    CHECK(f.to_subscriber() == service_messages{fragment(3)});
}

TEST_CASE("what belongs to no open stream is answered by StreamNotFound") {
    const client_message message = GENERATE(client_message(part(1)), client_message(stream_keep_alive_message{"s"}),
                                            client_message(end_stream_message{"s"}));
    stream_fixture f;
    f.send(message);
    CHECK(f.to_publisher() == service_messages{stream_closed_message{"s", not_found}});
    f.send(start());
    f.send(end_stream_message{"s"});
    f.take(f.publisher);
    f.take(f.subscriber);
    f.send(message);
    CHECK(f.to_publisher() == service_messages{stream_closed_message{"s", not_found}});
    CHECK(f.to_subscriber().empty());
}

TEST_CASE("a keep-alive has no answer and is not delivered") {
    stream_fixture f;
    f.publish(1);
    f.send(stream_keep_alive_message{"s"});
    CHECK(f.to_publisher().empty());
    CHECK(f.to_subscriber().empty());
    f.send(part(2));
    CHECK(f.to_publisher() == service_messages{stream_ack_message{"s", 3}});
}

TEST_CASE("a publisher that gives up is closed without an error; its subscribers are told why") {
    stream_fixture f;
    f.publish(1);
    f.send(end_stream_message{"s", stream_abort{"gave up", "E1"}});
    CHECK(f.to_publisher() == service_messages{stream_closed_message{"s", {}}});
    CHECK(f.to_subscriber() == service_messages{terminal(2, stream_error{"UserError", "gave up", "E1"})});
}

TEST_CASE("a start without the role is Forbidden and opens nothing") {
    hub_fixture f;
    auto asked = f.request(f.plain);
    asked.roles = {"webpubsub.joinLeaveGroup"};
    const auto publisher = f.connect(asked);
    f.send_json(publisher, start());
    f.send_json(publisher, part(1));
    CHECK(f.messages(publisher) ==
          service_messages{
              stream_closed_message{
                  "s", service_error{"Forbidden", "The client does not have permission to send to group 'g'."}},
              stream_closed_message{"s", not_found}});
    CHECK_FALSE(f.hub.poll_timeout());
    // The role is asked for at the start only.
    CHECK(f.hub.grant(f.now, f.id_of(publisher), permission::send_to_group, "g"));
    f.send_json(publisher, start());
    CHECK(f.hub.revoke(f.now, f.id_of(publisher), permission::send_to_group, "g"));
    f.send_json(publisher, part(1));
    CHECK(f.messages(publisher) == service_messages{stream_ack_message{"s", 1}, stream_ack_message{"s", 2}});
}

TEST_CASE(
    "a start with the id of an open stream is a BadRequest and the stream goes on; other connections don't mind") {
    stream_fixture f;
    f.publish(1);
    f.send(start());
    CHECK(f.to_publisher() == service_messages{stream_closed_message{
                                  "s", service_error{"BadRequest", "A stream with this id is open already."}}});
    f.send(part(2));
    CHECK(f.to_publisher() == service_messages{stream_ack_message{"s", 3}});
    const auto other = f.connect(f.plain);
    f.send_json(other, start());
    f.send_json(other, part(1));
    CHECK(f.messages(other) == service_messages{stream_ack_message{"s", 1}, stream_ack_message{"s", 2}});
    f.send(end_stream_message{"s"});
    f.send(start());
    CHECK(f.to_publisher() == service_messages{stream_closed_message{"s", {}}, stream_ack_message{"s", 1}});
}

TEST_CASE("one stream too many and an id that is too long are BadRequests") {
    hub_options options;
    options.streams.max_open = 2;
    options.streams.max_id_size = 3;
    stream_fixture f(options);
    for (const auto* id : {"long", "one", "two", "3"}) f.send(start(id));
    const auto refused = [](const std::string& id, const std::string& why) {
        return stream_closed_message{id, service_error{"BadRequest", why}};
    };
    const std::string too_many = "The connection has as many open streams as it may have.";
    CHECK(f.to_publisher() == service_messages{refused("long", "The stream id is too long."),
                                               stream_ack_message{"one", 1}, stream_ack_message{"two", 1},
                                               refused("3", too_many)});
    f.send(end_stream_message{"one"});
    f.send(start("3"));
    CHECK(f.to_publisher() == service_messages{stream_closed_message{"one", {}}, stream_ack_message{"3", 1}});
}

TEST_CASE("noEcho and metadata of the start hold for every message of the stream, and for no other message") {
    hub_fixture f;
    const auto publisher = f.connect(f.plain, "ann", {"g"});
    const auto subscriber = f.connect(f.plain, {}, {"g"});
    f.send_json(publisher, start_stream_message{"g", true, {"s"}, {{"k", "v"}}});
    f.send_json(publisher, part(1));
    f.send_json(publisher, end_stream_message{"s"});
    f.text(publisher, R"({"type":"sendToGroup","group":"g","dataType":"text","data":"plain"})");
    CHECK(f.messages(publisher) == service_messages{stream_ack_message{"s", 1}, stream_ack_message{"s", 2},
                                                    stream_closed_message{"s", {}},
                                                    group_data_message{{}, "g", text_payload("plain"), "ann"}});
    CHECK(f.messages(subscriber) ==
          service_messages{
              group_data_message{{}, "g", text_payload("x"), "ann", {{"k", "v"}}, stream_position{"s", 1, {}}},
              group_data_message{{}, "g", text_payload(""), "ann", {{"k", "v"}}, stream_position{"s", 2, stream_end{}}},
              group_data_message{{}, "g", text_payload("plain"), "ann"}});

    f.send_json(publisher, start());
    f.send_json(publisher, part(1));
    CHECK(f.messages(publisher) ==
          service_messages{stream_ack_message{"s", 1}, fragment(1, "x", "ann"), stream_ack_message{"s", 2}});
}

TEST_CASE("a stream reaches members on all subprotocols; simple clients see its data and not its end") {
    const bool from_json = GENERATE(true, false);
    hub_fixture f({}, all_service_codecs());
    const auto publisher = f.connect(from_json ? "json.webpubsub.azure.v1" : "protobuf.webpubsub.azure.v1", "ann");
    const auto simple = f.connect("", {}, {"g"});
    std::vector<transport_id> members;
    for (const auto& form : all_service_codecs()) members.push_back(f.connect(form.protocol().name, {}, {"g"}));
    const auto send = [&](const client_message& message) {
        from_json ? f.send_json(publisher, message) : f.send_protobuf(publisher, message);
    };
    const std::vector<payload> data{text_payload("t\xc3\xa9xt"), json_payload("{ \"a\" : 1.0 }"),
                                    binary_payload(std::string("\0\xff", 2)), protobuf_payload("\x0a\x01u")};
    send(start_stream_message{"g", false, {"s"}, {{"k", "v"}}});
    for (std::size_t i = 0; i < data.size(); ++i) send(stream_data_message{"s", i + 1, data[i]});
    send(end_stream_message{"s", stream_abort{"m", "c"}});
    CHECK(f.messages(publisher).size() == data.size() + 2);
    for (std::size_t m = 0; m < members.size(); ++m) {
        const auto form = all_service_codecs()[m].protocol();
        const std::string user = form.encoding == encoding::json ? "ann" : "";
        const auto got = f.messages(members[m]);
        REQUIRE(got.size() == data.size() + 1);
        for (std::size_t i = 0; i < got.size(); ++i) {
            const bool is_end = i == data.size();
            const auto number = i + 1;
            group_data_message expected{{},   "g",          is_end ? text_payload("") : data[i],
                                        user, {{"k", "v"}}, stream_position{"s", number, {}}};
            if (form.reliable) expected.sequence_id = number;
            if (is_end) expected.stream->end = stream_end{stream_error{"UserError", "m", "c"}};
            CHECK(got[i] == service_message(expected));
        }
    }
    CHECK(f.take(simple) ==
          strings{"t\xc3\xa9xt", "{ \"a\" : 1.0 }", std::string("binary \0\xff", 9), "binary \x0a\x01u"});
}

TEST_CASE("a fragment is looked into like any other data") {
    hub_fixture f({}, all_service_codecs());
    const auto publisher = f.connect("protobuf.webpubsub.azure.v1");
    const auto subscriber = f.connect(f.plain, {}, {"g"});
    f.send_protobuf(publisher, start());
    f.send_protobuf(publisher, stream_data_message{"s", 1, json_payload("{")});
    REQUIRE(f.close_of(publisher));
    CHECK(f.close_of(publisher)->code == close_code::invalid_payload);
    CHECK(f.messages(subscriber) == service_messages{terminal(1, cancelled)});
}

TEST_CASE("a copy of a hub has its own streams") {
    stream_fixture f;
    f.publish(1);
    auto copy = f.hub;
    f.send(end_stream_message{"s"});
    CHECK(f.to_publisher().size() == 1);
    std::string frame;
    json_codec().encode(part(2), frame);
    copy.handle_frame(f.now, f.publisher, frame_kind::text, frame);
    const auto written = copy.poll_transmit(f.publisher);
    REQUIRE(written);
    CHECK(std::string(written->prefix()).append(written->body()) ==
          R"({"type":"streamAck","streamId":"s","expectedSequenceId":3})");
}
