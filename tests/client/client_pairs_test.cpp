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
    CHECK(d.c.group_states("g") != nullptr);
    d.take_sent();
    d.wait(std::chrono::minutes(1));
    CHECK(mentions(d.take_sent(), "leaveGroup"));
    d.receive(ack(2));
    CHECK(d.c.group_states("g") == nullptr);
    d.replace();
    CHECK_FALSE(mentions(d.take_sent(), "subscribeGroupState"));
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
