// SPDX-License-Identifier: MIT
#include "support/client_driver.hpp"

#include <string>
#include <string_view>

// Pairs of features that the worlds of tests/exploration have found to fail.

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

std::string request(std::string_view type, std::string_view group, unsigned id) {
    return std::string(R"({"type":")").append(type).append(R"(","group":")").append(group).append(R"(","ackId":)") +
           std::to_string(id) + "}";
}

bool mentions(const strings& sent, std::string_view part) {
    for (const auto& each : sent) {
        if (each.find(part) != std::string::npos) return true;
    }
    return false;
}

/// The group was left, which failed and waits for its next try, and its states were subscribed to meanwhile.
client_driver subscribed_before_a_leave_is_tried_again() {
    auto d = reliable_client();
    d.connect();
    static_cast<void>(d.c.join_group(d.now, "g").value());
    static_cast<void>(d.c.leave_group(d.now, "g").value());
    d.drain();
    d.receive(ack(1));
    d.receive(nack(2, "InternalServerError"));
    static_cast<void>(d.c.subscribe_group_state(d.now, "g").value());
    d.drain();
    d.receive(ack(3));
    return d;
}

} // namespace

TEST_CASE("another connection on the same transport ends no write") {
    auto options = with_url();
    options.window.messages = 2;
    auto d = reliable_client(std::move(options));
    d.connect();
    d.writes_complete = false;
    for (int i = 0; i < 4; ++i) REQUIRE(d.c.send_to_group(d.now, "g", payload_view::text("t")));
    d.drain();
    CHECK(d.take_sent().size() == 2);

    // The service replaces the connection. The transport still has two messages to write.
    d.receive(client_driver::connected_frame("c2", "t2"));
    CHECK(d.c.connection_id() == "c2");
    CHECK(d.take_sent().empty());
    d.written(2);
    CHECK(d.take_sent().size() == 2);
    CHECK(d.count<client_events::host_error>() == 0);
}

TEST_CASE("a join that a leave has overtaken is not written again after a recovery") {
    auto d = reliable_client();
    d.connect();
    const auto join = d.c.join_group(d.now, "g").value();
    const auto leave = d.c.leave_group(d.now, "g").value();
    d.drain();
    CHECK(d.take_sent() == strings{request("joinGroup", "g", 1), request("leaveGroup", "g", 2)});

    // The service has refused the join for a reason that passes, and executed the leave; both acks are lost.
    d.recover();
    CHECK(d.take_sent() == strings{request("leaveGroup", "g", 2)});
    d.receive(nack(2, "Duplicate"));
    CHECK_FALSE(d.c.is_in_group("g"));
    auto first = d.take<client_events::request_completed>();
    REQUIRE(first);
    CHECK(first->ack_id == join);
    CHECK(first->status == request_status::outcome_unknown);
    auto second = d.take<client_events::request_completed>();
    REQUIRE(second);
    CHECK(second->ack_id == leave);
    CHECK(second->status == request_status::succeeded);
}

TEST_CASE("a leave that a join has overtaken is not written again after a recovery") {
    auto d = reliable_client();
    d.connect();
    static_cast<void>(d.c.leave_group(d.now, "g").value());
    static_cast<void>(d.c.join_group(d.now, "g").value());
    d.drain();
    d.take_sent();
    d.recover();
    CHECK(d.take_sent() == strings{request("joinGroup", "g", 2)});
}

TEST_CASE("a join is written again before a leave that was not written yet") {
    auto d = reliable_client(one_write_at_a_time());
    d.connect();
    d.writes_complete = false;
    static_cast<void>(d.c.join_group(d.now, "g").value());
    static_cast<void>(d.c.leave_group(d.now, "g").value());
    d.drain();
    CHECK(d.take_sent() == strings{request("joinGroup", "g", 1)});
    d.writes_complete = true;
    d.recover();
    CHECK(d.take_sent() == strings{request("joinGroup", "g", 1), request("leaveGroup", "g", 2)});
}

TEST_CASE("a subscription is restored behind a join that is still under way") {
    auto d = reliable_client();
    d.connect();
    static_cast<void>(d.c.join_group(d.now, "g").value());
    static_cast<void>(d.c.subscribe_group_state(d.now, "g").value());
    d.drain();
    // The ack of the join is lost with the connection.
    d.receive(ack(2));
    d.take_sent();
    d.replace();
    CHECK(d.take_sent() == strings{request("joinGroup", "g", 1)});
    d.receive(ack(1));
    CHECK(d.take_sent() == strings{request("subscribeGroupState", "g", 3)});
    d.receive(ack(3));
    CHECK(d.c.group_states("g") != nullptr);
    CHECK(d.count<client_events::resubscribe_failed>() == 0);
}

TEST_CASE("a leave that is tried again ends a subscription that came before its last try") {
    auto d = subscribed_before_a_leave_is_tried_again();
    CHECK(d.c.group_states("g") != nullptr);
    d.take_sent();
    d.wait(std::chrono::minutes(1));
    CHECK(mentions(d.take_sent(), "leaveGroup"));
    d.receive(ack(2));
    CHECK(d.c.group_states("g") == nullptr);
    d.replace();
    CHECK_FALSE(mentions(d.take_sent(), "subscribeGroupState"));
}

TEST_CASE("a leave that is tried again does not take the snapshot of a subscription that was called after it") {
    auto d = subscribed_before_a_leave_is_tried_again();
    d.wait(std::chrono::minutes(1)); // the leave is written again
    static_cast<void>(d.c.join_group(d.now, "g").value());
    static_cast<void>(d.c.subscribe_group_state(d.now, "g").value());
    d.drain();
    for (const unsigned id : {2u, 4u, 5u}) d.receive(ack(id));
    d.receive(R"({"sequenceId":1,"type":"groupStateSnapshot","group":"g","items":[)"
              R"({"connectionId":"other","state":{"k":"v"},"updatedAt":1}]})");
    REQUIRE(d.c.group_states("g") != nullptr);
    CHECK(d.c.group_states("g")->size() == 1);
}

TEST_CASE("an invocation and a stream do not overtake a message while the breaker of transports is looked for") {
    auto d = reliable_client();
    d.connect();
    static_cast<void>(d.c.join_group(d.now, "g").value());
    d.drain();
    // Two losses in a row without any sign that the join was read.
    for (int i = 0; i < 2; ++i) {
        d.closed();
        d.wait(std::chrono::seconds(2));
        d.opened();
        d.receive(client_driver::connected_frame("c1", "t1"));
    }
    d.take_sent();

    static_cast<void>(d.c.send_to_group(d.now, "g", payload_view::text("first")).value());
    static_cast<void>(d.c.invoke(d.now, "e", payload_view::text("second")).value());
    static_cast<void>(d.c.open_stream(d.now, "g").value());
    d.drain();
    const auto early = d.take_sent();
    CHECK_FALSE(mentions(early, "second"));
    CHECK_FALSE(mentions(early, "streamId"));
    d.receive(ack(1));
    const auto late = d.take_sent();
    REQUIRE(late.size() == 3);
    CHECK(mentions({late[0]}, "first"));
    CHECK(mentions({late[1]}, "second"));
    CHECK(mentions({late[2]}, "streamId"));
}

TEST_CASE("a client that was moved from while an event waited is stopped and has none") {
    client c(json_codec(), 1, with_url());
    const steady_time now{std::chrono::hours(1)};
    REQUIRE(c.start(now));
    const auto order = c.poll_order();
    const auto* const open = get_if<client_orders::open_transport>(&*order);
    REQUIRE(open != nullptr);
    c.handle_open_failed(now, open->transport, {503});
    client other(std::move(c));
    CHECK(other.poll_event());
    CHECK(c.state() == client_state::stopped);
    CHECK(c.pending_requests() == 0);
    CHECK_FALSE(c.poll_event());
    c.handle_timeout(now);
    CHECK_FALSE(c.poll_event());
}

TEST_CASE("a recovery that is refused with 401 does not end the client at a later failure without an answer") {
    auto d = reliable_client();
    d.connect();
    d.closed();
    d.open_failed(401);
    d.wait(std::chrono::seconds(2));
    d.opened();
    d.receive(client_driver::connected_frame("c1", "t1"));
    REQUIRE(d.c.state() == client_state::connected);
    d.closed(close_code::policy_violation);
    d.wait(std::chrono::seconds(10));
    d.open_failed(0);
    CHECK(d.c.state() == client_state::connecting);
    CHECK(d.count<client_events::stopped>() == 0);
}

TEST_CASE("without a window, finish ends with the writing of the last frame that nobody acknowledges") {
    auto options = with_url();
    options.window.messages.reset();
    options.window.bytes.reset();
    options.keep_alive.interval.reset();
    options.keep_alive.timeout.reset();
    client_driver d(client::raw({}, 1, options));
    d.writes_complete = false;
    d.start();
    d.opened("");
    d.wait(std::chrono::minutes(1));
    REQUIRE(d.c.send_frame(d.now, frame_kind::text, "x"));
    d.c.finish(d.now, std::nullopt);
    d.drain();
    CHECK(d.take_sent() == strings{"x"});
    CHECK(d.count<client_events::stopped>() == 1);
}

TEST_CASE("a fragment and an answer tell that a text was replaced") {
    auto d = reliable_client();
    d.connect();
    d.receive(R"({"sequenceId":1,"type":"message","from":"group","group":"g","dataType":"text","data":"a\ud83db",)"
              R"("stream":{"streamId":"s","streamSequenceId":1}})");
    const auto fragment = d.take<client_events::stream_fragment>();
    REQUIRE(fragment);
    CHECK(fragment->text_replaced);
    CHECK(fragment->data.bytes == "a\xef\xbf\xbd"
                                  "b");
    const auto id = d.c.invoke(d.now, "e", std::nullopt).value();
    d.drain();
    d.receive(R"({"type":"invokeResponse","invocationId":")" + id +
              R"(","success":true,"dataType":"text","data":"\udc00"})");
    const auto answer = d.take<client_events::invocation_completed>();
    REQUIRE(answer);
    CHECK(answer->text_replaced);
}

TEST_CASE("a fragment whose names are too long is an error with its sequence id") {
    auto options = with_url();
    options.subscriber.max_key_size = 10;
    auto d = reliable_client(options);
    d.connect();
    d.receive(R"({"sequenceId":1,"type":"message","from":"group","group":"g","dataType":"text","data":"x",)"
              R"("stream":{"streamId":"a name that is too long","streamSequenceId":1}})");
    const auto problem = d.take<client_events::protocol_error>();
    REQUIRE(problem);
    CHECK(problem->sequence_id == 1);
}

TEST_CASE("a raw client's subprotocol is a token of HTTP") {
    auto bad = client::raw("a\r\nX: y", 1, with_url());
    const auto started = bad.start(steady_time{});
    REQUIRE_FALSE(started);
    CHECK(started.error().code == errc::wrong_subprotocol);
    CHECK(client::raw("chat.v2", 1, with_url()).start(steady_time{}));
}

TEST_CASE("a state that is refused stays the caller's") {
    auto options = with_url();
    options.requests.max_pending = 1;
    auto d = reliable_client(options);
    d.connect();
    REQUIRE(d.c.join_group(d.now, "g"));
    string_map state{{"k", "v"}};
    CHECK_FALSE(d.c.set_group_state(d.now, "g", state));
    CHECK(state.size() == 1);
}
