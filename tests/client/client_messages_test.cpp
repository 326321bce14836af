// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>
#include <webpubsub/text/base64.hpp>

#include "support/client_driver.hpp"

#include <algorithm>

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("messages from the group and from the server are events in their order") {
    auto d = reliable_client();
    d.connect();
    d.forget();
    d.receive(group_text(1, "a"));
    d.receive(R"({"sequenceId":2,"type":"message","from":"server","dataType":"json","data":{}})");
    REQUIRE(d.events.size() == 2);
    CHECK(get<group_message>(d.events[0]).data == text_payload("a"));
    CHECK(get<server_message>(d.events[1]).data == json_payload("{}"));
}

TEST_CASE("connected comes before any data of a connection") {
    auto d = reliable_client();
    d.start();
    d.opened();
    d.receive(group_text(1, "early"));
    CHECK(d.count<group_message>() == 0);
    CHECK(d.take<protocol_error>()->error.code == errc::unexpected_message);
    d.receive(d.connected_frame("c1", "t1"));
    CHECK(d.count<connected>() == 1);
}

TEST_CASE("another subprotocol than the one asked for is refused") {
    auto d = reliable_client();
    d.start();
    const auto selected = GENERATE(as<std::string>{}, "", "json.webpubsub.azure.v1");
    d.opened(selected);
    CHECK(d.take<protocol_error>()->error.code == errc::wrong_subprotocol);
    CHECK(d.count<close_transport>() == 1);
    CHECK(d.count<connect_failed>() == 1);
    d.wait(2s);
    d.opened("JSON.Reliable.WebPubSub.Azure.v1");
    d.receive(d.connected_frame("c1", "t1"));
    CHECK(d.c.state() == client_state::connected);
}

TEST_CASE("received messages are acknowledged after a second, or at once when there are many") {
    auto d = reliable_client();
    d.connect();
    d.receive(group_text(1, "a"));
    d.receive(group_text(2, "b"));
    CHECK(d.take_sent().empty());
    d.wait(1s);
    CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":2})"});
    d.wait(10s);
    CHECK(d.take_sent().empty());
    SECTION("many messages") {
        for (std::uint64_t id = 3; id < 130; ++id) d.receive(group_text(id, "x"));
        CHECK(d.take_sent().empty());
        d.receive(group_text(130, "x"));
        CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":130})"});
    }
    SECTION("many bytes") {
        d.receive(group_text(3, std::string(600'000, 'x')));
        CHECK(d.take_sent().empty());
        d.receive(group_text(4, std::string(600'000, 'x')));
        CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":4})"});
    }
    SECTION("a duplicate is acknowledged again and dropped") {
        d.forget();
        d.receive(group_text(2, "b"));
        CHECK(d.events.empty());
        d.wait(1s);
        CHECK(d.take_sent() == strings{R"({"type":"sequenceAck","sequenceId":2})"});
    }
}

TEST_CASE("on a slow transport acknowledgements leave room for the rest") {
    auto d = reliable_client(one_write_at_a_time());
    d.connect();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.writes_complete = false;
    d.drain();
    REQUIRE(d.c.send_event(d.now, "e", text_payload("y")));
    // Each write takes so long that the next acknowledgement is due when it completes.
    for (std::uint64_t id = 1; id < 6; ++id) {
        d.receive(group_text(id, "x"));
        d.wait(1s);
        d.written();
    }
    const auto acks = std::count_if(d.sent.begin(), d.sent.end(),
                                    [](const auto& frame) { return frame.find("sequenceAck") != std::string::npos; });
    CHECK(acks >= 3);
    CHECK(d.sent.size() - static_cast<std::size_t>(acks) == 2);
}

TEST_CASE("a gap in the sequence ids is an event before the message behind it") {
    auto d = reliable_client();
    d.connect();
    d.receive(group_text(1, "a"));
    d.forget();
    d.receive(group_text(9007199254740993, "b"));
    REQUIRE(d.events.size() == 2);
    CHECK(get<sequence_gap>(d.events[0]).expected == 2);
    CHECK(get<sequence_gap>(d.events[0]).received == 9007199254740993);
    d.wait(1s);
    CHECK(d.sent.back() == R"({"type":"sequenceAck","sequenceId":9007199254740993})");
}

TEST_CASE("a malformed frame is an error event and the connection goes on") {
    auto d = reliable_client();
    d.connect();
    d.forget();
    d.receive("{");
    CHECK(d.take<protocol_error>()->error.code == errc::invalid_json);
    d.receive(R"({"type":"message","from":"group","group":"g","dataType":"text","data":5})");
    CHECK(d.take<protocol_error>()->error.code == errc::invalid_field);
    d.receive("x", frame_kind::binary);
    CHECK(d.take<protocol_error>()->error.code == errc::wrong_frame_kind);
    d.receive(std::string((8 << 20) + 1, ' '));
    CHECK(d.take<protocol_error>()->error.code == errc::frame_too_large);
    d.receive(group_text(1, "still there"));
    CHECK(d.count<group_message>() == 1);
    CHECK(d.count<close_transport>() == 0);
}

TEST_CASE("what is longer for the receiver than it was for the sender is received") {
    auto d = reliable_client();
    d.connect();
    std::string data;
    base64_encode_append(std::string(1 << 20, '\xff'), data);
    d.receive(R"({"sequenceId":1,"type":"message","from":"group","group":"g","dataType":"binary","data":")" + data +
              "\"}");
    CHECK(d.count<group_message>() == 1);
    CHECK(d.count<protocol_error>() == 0);
}

TEST_CASE("closing on a malformed frame is an option, and such a connection is not recovered") {
    auto options = with_url();
    options.frames.close_on_malformed = true;
    auto d = reliable_client(options);
    d.connect();
    d.receive("{");
    CHECK(d.take<close_transport>()->code == close_code::invalid_payload);
    CHECK(d.count<disconnected>() == 1);
    CHECK(d.c.state() == client_state::connecting);
}

TEST_CASE("an unknown kind of message is an event, and its sequence id counts") {
    auto d = reliable_client();
    d.connect();
    d.forget();
    const auto* unknown = R"({"type":"newThing","sequenceId":1,"group":"g"})";
    d.receive(unknown);
    CHECK(d.take<unknown_message_received>()->type == "newThing");
    d.receive(group_text(2, "x"));
    CHECK(d.count<sequence_gap>() == 0);
    d.receive(unknown);
    CHECK(d.count<unknown_message_received>() == 0);
}

TEST_CASE("a connected message of another id replaces the connection on the same transport") {
    auto d = reliable_client();
    d.connect("c1", "t1");
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.drain();
    d.forget();
    d.receive(d.connected_frame("c2", "t2"));
    REQUIRE(d.events.size() == 3);
    CHECK(get<disconnected>(d.events[0]).connection_id == "c1");
    CHECK(get<request_completed>(d.events[1]).status == request_status::outcome_unknown);
    CHECK(get<connected>(d.events[2]).connection_id == "c2");
    d.receive(group_text(1, "x"));
    CHECK(d.count<group_message>() == 1);
}

TEST_CASE("a raw client passes frames and reconnects") {
    client_driver d(client::raw("my.protocol", 1, with_url()));
    d.start();
    CHECK(d.take<open_transport>()->subprotocol == "my.protocol");
    d.opened("my.protocol");
    CHECK(d.count<connected>() == 1);
    REQUIRE(d.c.send_frame(d.now, frame_kind::binary, "\xff"));
    d.drain();
    CHECK(d.take_sent() == strings{"\xff"});
    d.receive("{not json", frame_kind::text);
    const auto frame = d.take<frame_received>();
    REQUIRE(frame);
    CHECK(frame->bytes == "{not json");
    CHECK(frame->kind == frame_kind::text);
    CHECK(d.c.join_group(d.now, "g").error().code == errc::not_this_mode);
    d.wait(24h);
    CHECK(d.take_sent().empty());
    d.closed();
    CHECK(d.count<disconnected>() == 1);
    CHECK(d.count<open_transport>() == 1);
}
