// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

std::string stream_ack(std::string_view id, std::uint64_t expected) {
    return R"({"type":"streamAck","streamId":")" + std::string(id) + R"(","expectedSequenceId":)" +
           std::to_string(expected) + "}";
}

std::string stream_nack(std::string_view id, std::uint64_t expected) {
    return R"({"type":"streamNack","streamId":")" + std::string(id) + R"(","expectedSequenceId":)" +
           std::to_string(expected) + R"(,"name":"InvalidSequenceId","message":"m"})";
}

std::string stream_closed_frame(std::string_view id, std::string_view error = {}) {
    const auto frame = R"({"type":"streamClosed","streamId":")" + std::string(id) + "\"";
    return error.empty() ? frame + "}" : frame + R"(,"error":{"name":")" + std::string(error) + R"(","message":"m"}})";
}

std::string fragment(std::uint64_t number, std::string_view text) {
    return R"({"type":"streamData","streamId":"s","streamSequenceId":)" + std::to_string(number) +
           R"(,"dataType":"text","data":")" + std::string(text) + "\"}";
}

/// A message of the stream `s` in the group `g`, with more of the position.
std::string received(std::uint64_t sequence_id, std::uint64_t number, std::string_view text,
                     std::string_view more = {}) {
    return R"({"sequenceId":)" + std::to_string(sequence_id) +
           R"(,"type":"message","from":"group","group":"g","dataType":"text","data":")" + std::string(text) +
           R"(","fromUserId":"u","stream":{"streamId":"s","streamSequenceId":)" + std::to_string(number) +
           std::string(more) + "}}";
}

const std::string keep_alive_frame = R"({"type":"streamData","streamId":"s"})";
const std::string end = R"({"type":"streamEnd","streamId":"s"})";

/// A connected client with an open stream `s`.
client_driver publisher(client_options options = with_url()) {
    auto d = reliable_client(std::move(options));
    d.connect();
    REQUIRE(d.c.open_stream(d.now, "g", {"s", 7}).value() == "s");
    d.drain();
    d.take_sent();
    d.receive(stream_ack("s", 1));
    CHECK(d.take<stream_opened>()->tag == 7);
    d.forget();
    return d;
}

void write(client_driver& d, std::string text) {
    REQUIRE(d.c.write_stream(d.now, "s", text_payload(std::move(text))));
    d.drain();
}

} // namespace

TEST_CASE("a stream is opened, written and ended, and is over when the service says so") {
    auto d = reliable_client();
    d.connect();
    stream_options options;
    options.stream_id = "s";
    options.tag = 7;
    options.no_echo = true;
    options.idle_timeout = 60s;
    CHECK(d.c.open_stream(d.now, "g", options).value() == "s");
    d.drain();
    CHECK(
        d.take_sent() ==
        strings{R"({"type":"sendToGroup","group":"g","noEcho":true,"stream":{"streamId":"s","idleTimeoutMs":60000}})"});
    write(d, "a");
    CHECK(d.take_sent().empty());
    d.receive(stream_ack("s", 1));
    CHECK(d.take<stream_opened>()->stream_id == "s");
    CHECK(d.take_sent() == strings{fragment(1, "a")});
    CHECK(d.c.write_stream(d.now, "s", text_payload("b")).value() == 2);
    REQUIRE(d.c.end_stream(d.now, "s"));
    d.drain();
    CHECK(d.take_sent() == strings{fragment(2, "b")});
    d.receive(stream_ack("s", 3));
    CHECK(d.take_sent() == strings{end});
    CHECK(d.count<stream_closed>() == 0);
    d.receive(stream_closed_frame("s"));
    const auto closed = d.take<stream_closed>();
    REQUIRE(closed);
    CHECK(closed->status == stream_status::ended);
    CHECK(closed->tag == 7);
    CHECK(d.c.open_streams() == 0);
}

TEST_CASE("defect d: a refusal goes back, and nothing is lost") {
    auto d = publisher();
    for (const auto* text : {"a", "b", "c", "d"}) write(d, text);
    REQUIRE(d.c.end_stream(d.now, "s"));
    d.take_sent();
    d.receive(stream_nack("s", 2));
    d.wait(100ms);
    CHECK(d.take_sent() == strings{fragment(2, "b"), fragment(3, "c"), fragment(4, "d")});
    CHECK(d.count<stream_closed>() == 0);
    d.receive(stream_ack("s", 5));
    CHECK(d.take_sent() == strings{end});
}

TEST_CASE("a stream is ended with an error for its subscribers") {
    auto d = publisher();
    REQUIRE(d.c.end_stream(d.now, "s", stream_abort{"gave up", "E1"}));
    d.drain();
    CHECK(d.take_sent() ==
          strings{R"({"type":"streamEnd","streamId":"s","error":{"message":"gave up","userErrorCode":"E1"}})"});
    CHECK(d.count<stream_closed>() == 0);
    d.receive(stream_closed_frame("s"));
    CHECK(d.take<stream_closed>()->status == stream_status::ended);
}

TEST_CASE("a stream that the service closes has failed, and why is told") {
    auto d = publisher();
    d.receive(stream_closed_frame("s", "IdleTimeout"));
    const auto closed = d.take<stream_closed>();
    REQUIRE(closed);
    CHECK(closed->status == stream_status::failed);
    CHECK(closed->error.name == "IdleTimeout");
    CHECK(d.c.write_stream(d.now, "s", text_payload("x")).error().code == errc::unknown_target);
}

TEST_CASE("a stream that is aborted says so") {
    auto d = publisher(one_write_at_a_time());
    write(d, "a");
    d.take_sent();
    REQUIRE(d.c.abort_stream(d.now, "s", {"never mind", ""}));
    d.drain();
    CHECK(d.take_sent() == strings{R"({"type":"streamEnd","streamId":"s","error":{"message":"never mind"}})"});
    d.receive(stream_closed_frame("s"));
    CHECK(d.take<stream_closed>()->status == stream_status::aborted);
    // One that was never sent is over at once.
    d.writes_complete = false;
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.drain();
    REQUIRE(d.c.open_stream(d.now, "g", {"t"}));
    REQUIRE(d.c.abort_stream(d.now, "t"));
    d.drain();
    CHECK(d.take<stream_closed>()->stream_id == "t");
}

TEST_CASE("a full stream pushes back, and says when there is room") {
    auto options = with_url();
    options.publisher.max_fragments = 2;
    auto d = publisher(options);
    write(d, "a");
    write(d, "b");
    CHECK(d.c.write_stream(d.now, "s", text_payload("c")).error().code == errc::queue_full);
    d.receive(stream_ack("s", 2));
    CHECK(d.take<stream_writable>()->stream_id == "s");
    CHECK(d.c.write_stream(d.now, "s", text_payload("c")).value() == 3);
}

TEST_CASE("an idle stream is kept open, whatever else is written") {
    auto d = publisher();
    std::vector<std::string> keep_alives;
    for (int i = 0; i < 20; ++i) {
        d.wait(25s);
        d.receive(pong);
        for (const auto& frame : d.take_sent()) {
            if (frame == keep_alive_frame) keep_alives.push_back(frame);
        }
    }
    CHECK(keep_alives.size() == 5);
}

TEST_CASE("streams pause while their connection is recovered, and go on after it") {
    auto d = publisher();
    write(d, "a");
    write(d, "b");
    d.receive(stream_ack("s", 2));
    d.take_sent();
    d.closed();
    write(d, "c");
    CHECK(d.c.open_stream(d.now, "g", {"t"}));
    d.wait(500ms);
    d.opened();
    CHECK(d.take_sent().empty());
    d.receive(d.connected_frame("c1", "t1"));
    CHECK(d.take_sent() == strings{fragment(2, "b"),
                                   R"({"type":"sendToGroup","group":"g","noEcho":false,"stream":{"streamId":"t"}})",
                                   fragment(3, "c")});
    CHECK(d.count<stream_closed>() == 0);
}

TEST_CASE("streams end with their connection") {
    auto d = publisher();
    REQUIRE(d.c.open_stream(d.now, "g"));
    SECTION("that is replaced") { d.closed(close_code::policy_violation); }
    SECTION("when the client stops") { d.stop(); }
    CHECK(d.count<stream_closed>() == 2);
    CHECK(d.take<stream_closed>()->status == stream_status::lost);
    CHECK(d.c.open_streams() == 0);
    CHECK_FALSE(d.c.write_stream(d.now, "s", text_payload("x")));
}

TEST_CASE("an acknowledgement of what was not sent ends the stream, and the connection goes on") {
    auto d = publisher();
    d.receive(stream_ack("s", 2));
    CHECK(d.take<protocol_error>()->error.code == errc::unexpected_message);
    CHECK(d.take<stream_closed>()->error.name == "ProtocolViolation");
    CHECK(d.take_sent().size() == 1);
    CHECK(d.c.state() == client_state::connected);
    d.receive(stream_closed_frame("s"));
    CHECK(d.c.counters().unmatched_acks == 0);
}

TEST_CASE("the ids of streams are the client's own unless they are given") {
    auto d = reliable_client();
    CHECK(d.c.open_stream(d.now, "g").error().code == errc::not_started);
    d.start();
    CHECK(d.c.open_stream(d.now, "g").error().code == errc::not_connected);
    d.connect();
    CHECK(d.c.open_stream(d.now, "g").value() == "c1-1");
    CHECK(d.c.open_stream(d.now, "g", {"c1-2"}).value() == "c1-2");
    CHECK(d.c.open_stream(d.now, "g").value() == "c1-3");
    CHECK(d.c.open_stream(d.now, "g", {"c1-1"}).error().code == errc::id_in_use);
}

TEST_CASE("wrong use of streams is an error value") {
    auto options = with_url();
    options.publisher.max_streams = 1;
    auto d = reliable_client(options);
    d.connect();
    CHECK(d.c.open_stream(d.now, " ").error().code == errc::invalid_group_name);
    CHECK(d.c.open_stream(d.now, "g", {"\xff"}).error().code == errc::invalid_utf8);
    stream_options bad;
    bad.idle_timeout = 0ms;
    CHECK(d.c.open_stream(d.now, "g", bad).error().code == errc::invalid_field);
    bad.idle_timeout = {};
    bad.metadata = {{" ", ""}};
    CHECK(d.c.open_stream(d.now, "g", bad).error().code == errc::invalid_metadata);
    REQUIRE(d.c.open_stream(d.now, "g", {"s"}));
    CHECK(d.c.open_stream(d.now, "g").error().code == errc::too_many_streams);
    CHECK(d.c.write_stream(d.now, "s", json_payload("{")).error().code == errc::invalid_payload);
    CHECK(d.c.write_stream(d.now, "t", text_payload("x")).error().code == errc::unknown_target);
    CHECK(d.c.end_stream(d.now, "t").error().code == errc::unknown_target);
    CHECK(d.c.abort_stream(d.now, "t").error().code == errc::unknown_target);
    CHECK(d.c.end_stream(d.now, "s", stream_abort{"\xff", ""}).error().code == errc::invalid_utf8);
}

TEST_CASE("streams take turns with each other and with requests") {
    auto d = publisher();
    REQUIRE(d.c.open_stream(d.now, "g", {"t"}));
    d.drain();
    d.receive(stream_ack("t", 1));
    d.take_sent();
    d.writes_complete = false;
    d.drain();
    for (int i = 0; i < 2; ++i) {
        REQUIRE(d.c.write_stream(d.now, "s", text_payload("s")));
        REQUIRE(d.c.write_stream(d.now, "t", text_payload("t")));
        REQUIRE(d.c.send_event(d.now, "e", text_payload("e")));
    }
    d.writes_complete = true;
    d.drain();
    const auto sent = d.take_sent();
    REQUIRE(sent.size() == 6);
    std::string order;
    for (const auto& frame : sent) order += frame[frame.find("\"data\":\"") + 8];
    CHECK(order == "setest");
}

TEST_CASE("a stream of others comes in fragments, with its end") {
    auto d = reliable_client();
    d.connect();
    d.forget();
    d.receive(received(1, 1, "a"));
    d.receive(received(2, 2, "b"));
    d.receive(received(3, 3, "", R"(,"endOfStream":true)"));
    REQUIRE(d.events.size() == 3);
    const auto& first = get<stream_fragment>(d.events[0]);
    CHECK(first.first);
    CHECK(first.group == "g");
    CHECK(first.stream_id == "s");
    CHECK(first.data == text_payload("a"));
    CHECK(first.from_user_id == "u");
    const auto& second = get<stream_fragment>(d.events[1]);
    CHECK_FALSE(second.first);
    CHECK(second.stream_sequence_id == 2);
    CHECK_FALSE(get<stream_finished>(d.events[2]).error);
}

TEST_CASE("a stream of others may end with data, and with an error") {
    auto d = reliable_client();
    d.connect();
    d.forget();
    d.receive(received(1, 1, "last",
                       R"(,"endOfStream":true,"error":{"name":"UserError","message":"m","userErrorCode":"E"})"));
    CHECK(d.take<stream_fragment>()->data == text_payload("last"));
    CHECK(d.take<stream_finished>()->error == stream_error{"UserError", "m", "E"});
}

TEST_CASE("what is missing of a stream is told, and a lower number is a new stream") {
    auto d = plain_client();
    d.connect();
    d.forget();
    d.receive(received(0, 1, "a"));
    d.receive(received(0, 4, "d"));
    d.receive(received(0, 4, "d"));
    REQUIRE(d.events.size() == 5);
    CHECK(get<stream_gap>(d.events[1]).expected == 2);
    CHECK(get<stream_gap>(d.events[1]).received == 4);
    CHECK(get<stream_fragment>(d.events[2]).data == text_payload("d"));
    CHECK(get<stream_abandoned>(d.events[3]).stream_id == "s");
    CHECK(get<stream_fragment>(d.events[4]).first);
    CHECK(d.c.counters().fragments_dropped == 0);
    // Also across connections.
    d.replace("c2");
    d.receive(received(0, 6, "f"));
    CHECK(d.take<stream_gap>());
    CHECK(d.take<stream_gap>()->expected == 5);
}

TEST_CASE("a stream of others that falls silent is given up") {
    auto options = with_url();
    options.subscriber.idle_timeout = 60s;
    auto d = reliable_client(options);
    d.connect();
    d.receive(received(1, 1, "a"));
    d.receive(pong);
    d.wait(59s);
    CHECK(d.count<stream_abandoned>() == 0);
    d.wait(1s);
    CHECK(d.take<stream_abandoned>()->stream_id == "s");
}

TEST_CASE("streams whose beginning was missed may be left out") {
    auto options = with_url();
    options.subscriber.only_from_start = true;
    auto d = reliable_client(options);
    d.connect();
    d.receive(received(1, 2, "b"));
    CHECK(d.count<stream_fragment>() == 0);
    CHECK(d.c.counters().fragments_dropped == 1);
    d.wait(1s);
    CHECK(d.sent.back() == R"({"type":"sequenceAck","sequenceId":1})");
}
