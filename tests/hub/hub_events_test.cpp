// SPDX-License-Identifier: MIT

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <string>

using namespace webpubsub;
using namespace json_frames;
using strings = hub_fixture::strings;
using close_note = hub_fixture::close_note;

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

TEST_CASE("an event brings its metadata") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"event","event":"e","data":1,"metadata":{"k":"v"}})");
    REQUIRE(f.events.size() == 1);
    CHECK(f.events[0].metadata == string_map{{"k", "v"}});
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
    options.application.drop_on_failed_event = true;
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
    CHECK(f.hub.answer_event(f.now, event_id{12345}).error() == errc::unknown_target);
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
    options.frames.max_payload_size = 10;
    hub_fixture f(options);
    const auto client = f.connect(f.plain);
    f.text(client, R"({"type":"event","event":"e","data":1,"ackId":5})");
    const auto id = f.events[0].id;
    CHECK(f.hub.answer_event(f.now, id, json_payload("{")).error().code == errc::invalid_payload);
    CHECK(f.hub.answer_event(f.now, id, text_payload("\xff")).error().code == errc::invalid_payload);
    CHECK(f.hub.answer_event(f.now, id, text_payload(std::string(11, 'x'))).error().code == errc::frame_too_large);
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
    options.requests.waiting =
        by_bytes ? queue_limits{1000, static_cast<std::uint32_t>(2 * (sizeof(hub_parts::waiting_request) + 1))}
                 : queue_limits{2, 1'000'000};
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
    const auto each =
        GENERATE(row{text_payload("t"), "t"}, row{json_payload("[1]"), "[1]"}, row{binary_payload("b"), "binary b"},
                 row{protobuf_payload("\x0a\x01p"), "binary \x0a\x01p"});
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
