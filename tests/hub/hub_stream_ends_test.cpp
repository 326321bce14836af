// SPDX-License-Identifier: MIT

// How streams to groups live on, go idle and end with their publisher's connection: subprotocols.md section 9.

#include <webpubsub/hub/hub.hpp>

#include "hub/stream_fixture.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <string>

using namespace streams;
using namespace std::chrono_literals;

TEST_CASE("after the idle time both sides are told") {
    stream_fixture f;
    f.send(start("s", 60'000));
    f.take(f.publisher);
    f.advance(40s);
    const bool fragment_came = GENERATE(false, true);
    f.send(fragment_came ? client_message(part(1)) : client_message(stream_keep_alive_message{"s"}));
    f.advance(59'999ms);
    f.take(f.publisher);
    f.take(f.subscriber);
    f.send(part(9));
    CHECK(holds_alternative<stream_nack_message>(f.to_publisher().at(0)));
    f.advance(1ms);
    const std::string text = "Nothing came for the idle time of the stream.";
    CHECK(f.to_publisher() == service_messages{stream_closed_message{"s", service_error{"IdleTimeout", text}}});
    CHECK(f.to_subscriber() ==
          service_messages{terminal(fragment_came ? 2 : 1, stream_error{"IdleTimeout", text, ""})});
    CHECK_FALSE(f.hub.poll_timeout());
    f.send(part(1));
    CHECK(f.to_publisher() == service_messages{stream_closed_message{"s", not_found}});
}

TEST_CASE("a stream that names no idle time has that of the options, and each its own") {
    stream_fixture f;
    f.send(start("default"));
    f.send(start("short", 1000));
    f.take(f.publisher);
    CHECK(f.hub.poll_timeout() == f.now.steady + 1s);
    f.advance(1s);
    CHECK(f.to_publisher().size() == 1);
    CHECK(f.hub.poll_timeout() == f.now.steady + 299s);
    f.advance(298'999ms);
    CHECK(f.to_publisher().empty());
    f.advance(1ms);
    CHECK(get<stream_closed_message>(f.to_publisher().at(0)).stream_id == "default");
}

TEST_CASE("a recovery keeps the streams; acks are lost, fragments are not") {
    stream_fixture f({}, hub_fixture::reliable);
    f.publish(1);
    f.gone(f.publisher);
    CHECK(f.to_subscriber().empty());
    const auto again = f.recover_of(f.publisher);
    f.take(again);
    for (const std::uint64_t number : {1u, 2u}) f.send_json(again, part(number));
    CHECK(f.messages(again) == service_messages{stream_ack_message{"s", 2}, stream_ack_message{"s", 3}});
    CHECK(f.to_subscriber() == service_messages{fragment(2)});
}

TEST_CASE("what a stream's subscriber missed is replayed, with the number of its own connection") {
    stream_fixture f;
    const auto reliable = f.connect(f.reliable, {}, {"g"});
    f.gone(reliable);
    f.publish(1);
    f.send(end_stream_message{"s"});
    const auto again = f.recover_of(reliable);
    const auto got = f.messages(again);
    REQUIRE(got.size() == 3);
    CHECK(get<group_data_message>(got[1]).sequence_id == 1u);
    CHECK(get<group_data_message>(got[1]).stream == stream_position{"s", 1, {}});
    CHECK(get<group_data_message>(got[2]).sequence_id == 2u);
    CHECK(get<group_data_message>(got[2]).stream == stream_position{"s", 2, stream_end{}});
}

TEST_CASE("the idle time runs while the publisher is away") {
    stream_fixture f({}, hub_fixture::reliable);
    f.send(start("s", 10'000));
    f.gone(f.publisher);
    f.advance(10s);
    const auto told = f.to_subscriber();
    REQUIRE(told.size() == 1);
    CHECK(get<group_data_message>(told[0]).stream->end->error->name == "IdleTimeout");
    const auto again = f.recover_of(f.publisher);
    f.take(again);
    f.send_json(again, part(1));
    CHECK(f.messages(again) == service_messages{stream_closed_message{"s", not_found}});
}

TEST_CASE("however a publisher's connection ends, its subscribers are told that its streams are cancelled") {
    hub_options options;
    options.queues.outbound.frames = 4;
    // Nobody waits for slow receivers, so that their queues fill up.
    options.queues.stall_time = std::chrono::seconds(0);
    stream_fixture f(options, hub_fixture::reliable);
    f.publish(1);
    const auto id = f.id_of(f.publisher);
    SECTION("it goes") { f.gone(f.publisher, 1000); }
    SECTION("it can't be recovered any more") {
        f.gone(f.publisher);
        f.advance(30s);
    }
    SECTION("it sends a bad frame") { f.text(f.publisher, "x"); }
    SECTION("it breaks WebSocket") {
        f.hub.handle_bad_frame(f.now, f.publisher);
        f.drain();
    }
    SECTION("the application closes it") {
        CHECK(f.hub.close_connection(f.now, id));
        f.drain();
    }
    SECTION("it does not read") {
        f.stalled.insert(f.publisher);
        for (int i = 0; i < 6; ++i) f.text(f.publisher, R"({"type":"ping"})");
        CHECK(f.hub.counters().slow_consumers == 1);
    }
    REQUIRE(f.end_of(f.publisher));
    CHECK(f.to_subscriber() == service_messages{terminal(2, cancelled)});
    CHECK_FALSE(f.hub.connection_exists(id));
}

TEST_CASE("a failed event that drops its connection cancels the streams too") {
    hub_options options;
    options.application.drop_on_failed_event = true;
    stream_fixture f(options);
    f.publish(1);
    f.text(f.publisher, R"({"type":"event","event":"e","data":1})");
    if (GENERATE(false, true)) {
        CHECK(f.hub.fail_event(f.now, f.events.at(0).id));
        f.drain();
    } else {
        f.advance(100s);
    }
    CHECK(f.to_subscriber() == service_messages{terminal(2, cancelled)});
}

TEST_CASE("a broadcast that ends a publisher tells of its streams after itself") {
    hub_options options;
    options.queues.outbound.frames = 4;
    // Nobody waits for slow receivers, so that their queues fill up.
    options.queues.stall_time = std::chrono::seconds(0);
    hub_fixture f(options);
    const auto publisher = f.connect(f.plain, {}, {"g"});
    const auto subscriber = f.connect(f.plain, {}, {"g"});
    const auto witness = f.connect(f.plain);
    f.send_json(publisher, start());
    f.stalled.insert(publisher);
    for (int i = 0; !f.close_of(publisher); ++i) {
        REQUIRE(i < 10);
        f.take(subscriber);
        switch (GENERATE(0, 1, 2)) {
        case 0: CHECK(f.hub.send_to_group(f.now, "g", text_payload("last"))); break;
        case 1: CHECK(f.hub.send_to_all(f.now, text_payload("last"))); break;
        default: f.text(witness, R"({"type":"sendToGroup","group":"g","dataType":"text","data":"last"})");
        }
        f.drain();
    }
    const auto seen = f.messages(subscriber);
    REQUIRE(seen.size() == 2);
    CHECK(seen[1] == terminal(1, cancelled));
}

TEST_CASE("a publisher that is too slow for its own fragments ends once, and its stream with it") {
    hub_options options;
    options.queues.outbound.frames = 4;
    // Nobody waits for slow receivers, so that their queues fill up.
    options.queues.stall_time = std::chrono::seconds(0);
    hub_fixture f(options);
    const auto publisher = f.connect(f.plain, {}, {"g"});
    const auto subscriber = f.connect(f.plain, {}, {"g"});
    f.send_json(publisher, start());
    f.stalled.insert(publisher);
    for (std::uint64_t i = 1; i < 8; ++i) f.send_json(publisher, part(i));
    REQUIRE(f.end_of(publisher));
    const auto seen = f.messages(subscriber);
    REQUIRE(seen.size() > 1);
    CHECK(seen.back() == terminal(seen.size(), cancelled));
}

TEST_CASE("when the hub closes everything nobody is left to be told") {
    stream_fixture f;
    f.publish(1);
    CHECK(f.hub.close_all(f.now));
    f.drain();
    CHECK(f.take(f.subscriber).size() == 1);
    CHECK_FALSE(f.hub.poll_timeout());
}

TEST_CASE("the frames of a stream wait their turn behind an event, and do not go idle there") {
    stream_fixture f;
    f.send(start("s", 10'000));
    f.send(start("idle", 10'000));
    f.take(f.publisher);
    f.text(f.publisher, R"({"type":"event","event":"e","data":1,"ackId":1})");
    f.advance(5s);
    f.send(part(1));
    f.send(stream_keep_alive_message{"s"});
    CHECK(f.to_publisher().empty());
    f.advance(50s);
    CHECK(f.to_publisher().empty());
    CHECK(f.to_subscriber().empty());
    CHECK(f.hub.answer_event(f.now, f.events.at(0).id));
    f.drain();
    const auto got = f.to_publisher();
    REQUIRE(got.size() == 3);
    CHECK(got[0] == service_message(ack_message{1}));
    CHECK(got[1] == service_message(stream_ack_message{"s", 2}));
    CHECK(get<stream_closed_message>(got[2]).stream_id == "idle");
    f.advance(9999ms);
    CHECK(f.to_publisher().empty());
    f.advance(1ms);
    CHECK(f.to_publisher().size() == 1);
}

TEST_CASE("an event without requests behind it does not keep a stream open") {
    stream_fixture f;
    f.send(start("s", 10'000));
    f.take(f.publisher);
    f.text(f.publisher, R"({"type":"event","event":"e","data":1,"ackId":1})");
    f.advance(10s);
    CHECK(f.to_publisher().size() == 1);
}
