// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("a client connects, sends and hears the outcome") {
    auto d = reliable_client();
    d.start();
    const auto open = d.take<open_transport>();
    REQUIRE(open);
    CHECK(open->url == with_url().url);
    CHECK(open->subprotocol == "json.reliable.webpubsub.azure.v1");
    d.opened();
    CHECK(d.c.state() == client_state::connecting);
    CHECK(d.take_sent().empty());
    d.receive(d.connected_frame("c1", "t1"));
    const auto up = d.take<connected>();
    REQUIRE(up);
    CHECK(up->connection_id == "c1");
    CHECK(up->user_id == "u");

    CHECK(d.c.join_group(d.now, "g", {7}).value() == ack_id{1});
    CHECK(d.c.send_to_group(d.now, "g", text_payload("hi"), {8, true}).value() == ack_id{2});
    CHECK(d.c.send_event(d.now, "e", json_payload("[1]"), {9}).value() == ack_id{3});
    CHECK(d.c.leave_group(d.now, "g", {10}).value() == ack_id{4});
    d.drain();
    CHECK(d.take_sent() ==
          strings{R"({"type":"joinGroup","group":"g","ackId":1})",
                  R"({"type":"sendToGroup","group":"g","ackId":2,"noEcho":true,"dataType":"text","data":"hi"})",
                  R"({"type":"event","event":"e","ackId":3,"dataType":"json","data":[1]})",
                  R"({"type":"leaveGroup","group":"g","ackId":4})"});
    CHECK(d.c.pending_requests() == 4);
    d.receive(ack(2));
    const auto first = d.take<request_completed>();
    REQUIRE(first);
    CHECK(first->ack_id == ack_id{2});
    CHECK(first->tag == 8);
    CHECK(first->status == request_status::succeeded);
    CHECK_FALSE(first->duplicate);
    d.receive(nack(3, "Forbidden"));
    const auto second = d.take<request_completed>();
    REQUIRE(second);
    CHECK(second->tag == 9);
    CHECK(second->status == request_status::failed);
    CHECK(second->error == service_error{"Forbidden", "m"});
    d.receive(ack(2));
    CHECK(d.c.counters().unmatched_acks == 1);
    CHECK(d.count<request_completed>() == 0);
}

TEST_CASE("the same ackId is used on retry and after recovery") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("x")));
    d.drain();
    const auto frame = d.take_sent();
    d.receive(nack(1, "InternalServerError"));
    CHECK(d.count<request_completed>() == 0);
    d.wait(2s);
    CHECK(d.take_sent() == frame);
    d.closed();
    d.opened();
    CHECK(d.take_sent() == frame);
    d.receive(nack(1, "Duplicate"));
    const auto outcome = d.take<request_completed>();
    REQUIRE(outcome);
    CHECK(outcome->status == request_status::succeeded);
    CHECK(outcome->duplicate);
    CHECK_FALSE(outcome->may_be_duplicate);
}

TEST_CASE("permanent errors are not retried, transient ones are, as often as the options say") {
    const auto name = GENERATE(as<std::string>{}, "Forbidden", "BadRequest", "NotFound", "SomethingNew",
                               "InternalServerError", "Timeout");
    CAPTURE(name);
    auto options = with_url();
    options.requests.max_retries = 2;
    auto d = reliable_client(options);
    d.connect();
    REQUIRE(d.c.join_group(d.now, "g"));
    d.drain();
    const bool transient = name == "InternalServerError" || name == "Timeout";
    std::size_t tries = 0;
    for (int i = 0; i < 10 && d.count<request_completed>() == 0; ++i) {
        tries += d.take_sent().size();
        d.receive(nack(1, name));
        d.wait(10s);
        d.receive(pong);
        std::erase_if(d.sent, [](const auto& frame) { return frame == R"({"type":"ping"})"; });
    }
    CHECK(tries == (transient ? 3 : 1));
    const auto outcome = d.take<request_completed>();
    REQUIRE(outcome);
    CHECK(outcome->status == request_status::failed);
    CHECK(outcome->error.name == name);
}

TEST_CASE("outcome_unknown: what was written on a replaced connection is not sent again") {
    auto d = reliable_client(one_write_at_a_time());
    d.connect();
    d.writes_complete = false;
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("written"), {1}));
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("queued"), {2}));
    d.drain();
    REQUIRE(d.sent.size() == 1);
    d.writes_complete = true;
    d.closed(close_code::policy_violation);
    const auto outcome = d.take<request_completed>();
    REQUIRE(outcome);
    CHECK(outcome->tag == 1);
    CHECK(outcome->status == request_status::outcome_unknown);
    CHECK(d.count<request_completed>() == 0);
    d.sent.clear();
    d.wait(2s);
    d.connect("c2", "t2");
    // What was never written is simply sent.
    CHECK(d.take_sent() ==
          strings{R"({"type":"sendToGroup","group":"g","ackId":2,"noEcho":false,"dataType":"text","data":"queued"})"});
    d.receive(ack(2));
    CHECK(d.take<request_completed>()->status == request_status::succeeded);
}

TEST_CASE("resending on a new connection is an option, and the outcome tells of it") {
    auto options = with_url();
    options.requests.resend_on_new_connection = true;
    auto d = plain_client(options);
    d.connect("c1", "");
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("x")));
    d.drain();
    const auto frame = d.take_sent();
    SECTION("the answer on the new connection is the outcome") {
        d.closed();
        d.wait(2s);
        d.connect("c2", "");
        CHECK(d.take_sent() == frame);
        d.receive(ack(1));
        const auto outcome = d.take<request_completed>();
        REQUIRE(outcome);
        CHECK(outcome->status == request_status::succeeded);
        CHECK(outcome->may_be_duplicate);
    }
    SECTION("a frame that may have made the service close is never sent again") {
        d.closed(GENERATE(as<std::uint16_t>{}, 1003, 1007, 1009));
        CHECK(d.take<request_completed>()->status == request_status::outcome_unknown);
        d.wait(2s);
        d.connect("c2", "");
        CHECK(d.take_sent().empty());
    }
    SECTION("stopped before it was sent again, its outcome is still unknown") {
        d.closed();
        d.stop();
        const auto outcome = d.take<request_completed>();
        CHECK(outcome->status == request_status::outcome_unknown);
        CHECK(outcome->may_be_duplicate);
    }
}

TEST_CASE("groups are joined again on a new connection, before anything else is sent") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.join_group(d.now, "a"));
    REQUIRE(d.c.join_group(d.now, "b"));
    REQUIRE(d.c.join_group(d.now, "refused"));
    REQUIRE(d.c.join_group(d.now, "left"));
    d.drain();
    d.receive(ack(1));
    d.receive(ack(2));
    d.receive(nack(3, "Forbidden"));
    d.receive(ack(4));
    REQUIRE(d.c.leave_group(d.now, "left"));
    d.drain();
    d.receive(ack(5));
    CHECK(d.c.groups() == strings{"a", "b"});
    d.closed(close_code::normal);
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x")));
    d.sent.clear();
    d.forget();
    d.wait(2s);
    d.connect("c2", "t2");
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"a","ackId":7})",
                                   R"({"type":"joinGroup","group":"b","ackId":8})",
                                   R"({"type":"event","event":"e","ackId":6,"dataType":"text","data":"x"})"});
    SECTION("an unanswered rejoin holds nothing back") {
        CHECK(d.count<connected>() == 1);
        d.receive(ack(6));
        CHECK(d.take<request_completed>()->status == request_status::succeeded);
        d.receive(group_text(1, "x"));
        CHECK(d.count<group_message>() == 1);
    }
    SECTION("a refused rejoin is reported and given up") {
        d.receive(nack(7, "Forbidden"));
        d.receive(ack(8));
        const auto failed = d.take<rejoin_failed>();
        REQUIRE(failed);
        CHECK(failed->group == "a");
        CHECK(failed->error.name == "Forbidden");
        CHECK(d.c.groups() == strings{"b"});
        CHECK(d.count<request_completed>() == 0);
    }
    SECTION("a recovered connection has its groups still") {
        d.receive(ack(7));
        d.receive(ack(8));
        d.receive(ack(6));
        d.closed();
        d.wait(2s);
        d.opened();
        CHECK(d.take_sent().empty());
    }
}

TEST_CASE("a leave overtakes the joins before it") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.join_group(d.now, "g"));
    REQUIRE(d.c.leave_group(d.now, "g"));
    d.drain();
    d.receive(ack(1));
    CHECK(d.c.groups().empty());
    REQUIRE(d.c.join_group(d.now, "g"));
    d.drain();
    d.receive(ack(2));
    d.receive(ack(3));
    CHECK(d.c.groups().size() == 1);
}

TEST_CASE("fire-and-forget has no ack id and no outcome, and needs a connection") {
    auto d = reliable_client();
    d.start();
    const message_options forget{0, false, true};
    CHECK(d.c.send_to_group(d.now, "g", text_payload("x"), forget).error().code == errc::not_connected);
    d.connect();
    CHECK(d.c.send_to_group(d.now, "g", text_payload("x"), forget).value() == ack_id{0});
    CHECK(d.c.send_event(d.now, "e", text_payload("y"), forget).value() == ack_id{0});
    d.drain();
    CHECK(d.take_sent() == strings{R"({"type":"sendToGroup","group":"g","noEcho":false,"dataType":"text","data":"x"})",
                                   R"({"type":"event","event":"e","dataType":"text","data":"y"})"});
    CHECK(d.c.pending_requests() == 0);
    d.closed();
    CHECK(d.c.send_to_group(d.now, "g", text_payload("x"), forget).error().code == errc::not_connected);
    d.stop();
    CHECK(d.count<request_completed>() == 0);
}

TEST_CASE("wrong use is an error value and changes nothing") {
    auto d = reliable_client();
    CHECK(d.c.join_group(d.now, "g").error().code == errc::not_started);
    d.start();
    CHECK(d.c.start(d.now).error().code == errc::already_started);
    CHECK(d.c.join_group(d.now, "").error().code == errc::invalid_group_name);
    CHECK(d.c.leave_group(d.now, " \t").error().code == errc::invalid_group_name);
    CHECK(d.c.send_to_group(d.now, std::string(1025, 'g'), text_payload("x")).error().code == errc::invalid_group_name);
    CHECK(d.c.send_event(d.now, "1st", text_payload("x")).error().code == errc::invalid_event_name);
    CHECK(d.c.send_event(d.now, "e", json_payload("{")).error().code == errc::invalid_payload);
    CHECK(d.c.send_event(d.now, "e", text_payload("\xff")).error().code == errc::invalid_payload);
    CHECK(d.c.send_frame(d.now, frame_kind::text, "x").error().code == errc::not_this_mode);
    CHECK(d.c.send_event(d.now, "e", text_payload(std::string(1 << 20, 'x'))).error().code == errc::frame_too_large);
    message_options options;
    options.metadata = {{"not a token", "v"}};
    CHECK(d.c.send_event(d.now, "e", text_payload("x"), options).error().code == errc::invalid_metadata);
    options.metadata.clear();
    options.ttl_seconds = 301;
    CHECK(d.c.send_to_group(d.now, "g", text_payload("x"), options).error().code == errc::invalid_field);
    CHECK(d.c.pending_requests() == 0);
    CHECK(d.c.join_group(d.now, "g").value() == ack_id{1});
}

TEST_CASE("metadata and a time to live go with a message") {
    auto d = reliable_client();
    d.connect();
    message_options options;
    options.fire_and_forget = true;
    options.metadata = {{"k", "1"}, {"l", ""}, {"k", "2"}};
    options.ttl_seconds = 300;
    REQUIRE(d.c.send_to_group(d.now, "g", text_payload("x"), options));
    REQUIRE(d.c.send_event(d.now, "e", text_payload("x"), options));
    d.drain();
    CHECK(d.take_sent() ==
          strings{R"({"type":"sendToGroup","group":"g","noEcho":false,"ttlSeconds":300,"dataType":"text","data":"x",)"
                  R"("metadata":{"k":"2","l":""}})",
                  R"({"type":"event","event":"e","dataType":"text","data":"x","metadata":{"k":"2","l":""}})"});
}

TEST_CASE("limits are errors, not memory") {
    auto options = with_url();
    options.requests.max_pending = 3;
    options.requests.max_bytes = 200;
    options.groups.max_groups = 1;
    options.events.max_count = 4;
    auto d = reliable_client(options);
    d.connect();
    SECTION("requests") {
        for (int i = 0; i < 3; ++i) REQUIRE(d.c.join_group(d.now, "g"));
        CHECK(d.c.join_group(d.now, "g").error().code == errc::too_many_pending);
        d.drain();
        d.receive(ack(1));
        CHECK(d.c.join_group(d.now, "g"));
    }
    SECTION("bytes") {
        REQUIRE(d.c.send_event(d.now, "e", text_payload(std::string(100, 'x'))));
        CHECK(d.c.send_event(d.now, "e", text_payload(std::string(100, 'x'))).error().code == errc::queue_full);
    }
    SECTION("groups") {
        REQUIRE(d.c.join_group(d.now, "a"));
        d.drain();
        d.receive(ack(1));
        CHECK(d.c.join_group(d.now, "b").error().code == errc::too_many_groups);
        CHECK(d.c.join_group(d.now, "a"));
    }
    SECTION("events that nobody polls") {
        for (std::uint64_t id = 1; id <= 4; ++id) {
            REQUIRE(d.c.handle_frame(d.now, d.transport.transport, frame_kind::text, group_text(id, "x")));
        }
        const auto fifth = group_text(5, "fifth");
        CHECK(d.c.handle_frame(d.now, d.transport.transport, frame_kind::text, fifth).error().code ==
              errc::events_not_drained);
        d.drain();
        d.forget();
        d.receive(fifth);
        CHECK(d.take<group_message>()->data.bytes == "fifth");
        CHECK(d.count<sequence_gap>() == 0);
    }
}

TEST_CASE("no more requests are in flight than the service remembers") {
    auto options = with_url();
    options.requests.max_in_flight = 2;
    auto d = reliable_client(options);
    d.connect();
    for (int i = 0; i < 4; ++i) REQUIRE(d.c.join_group(d.now, "g"));
    d.drain();
    CHECK(d.take_sent().size() == 2);
    d.receive(ack(1));
    CHECK(d.take_sent().size() == 1);
    d.closed();
    d.opened();
    CHECK(d.take_sent().size() == 2);
    d.receive(nack(2, "Duplicate"));
    d.receive(ack(3));
    CHECK(d.take_sent().size() == 1);
    d.receive(ack(4));
    CHECK(d.c.pending_requests() == 0);
}

TEST_CASE("a join or leave that was not answered is done on the new connection, for it may be done twice") {
    auto d = plain_client();
    d.connect();
    REQUIRE(d.c.join_group(d.now, "a"));
    REQUIRE(d.c.leave_group(d.now, "b"));
    d.drain();
    d.take_sent();
    d.replace("c2");
    CHECK(d.count<request_completed>() == 0);
    CHECK(d.take_sent() ==
          strings{R"({"type":"joinGroup","group":"a","ackId":1})", R"({"type":"leaveGroup","group":"b","ackId":2})"});
    d.receive(ack(1));
    const auto joined = d.take<request_completed>();
    REQUIRE(joined);
    CHECK(joined->status == request_status::succeeded);
    CHECK_FALSE(joined->may_be_duplicate);
    CHECK(d.c.is_in_group("a"));
}
