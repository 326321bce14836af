// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

std::string states(std::string_view type, std::uint64_t sequence_id, std::string_view items) {
    return R"({"sequenceId":)" + std::to_string(sequence_id) + R"(,"type":"groupState)" + std::string(type) +
           R"(","group":"g","items":[)" + std::string(items) + "]}";
}

std::string item(std::string_view id, std::string_view value, int at) {
    return R"({"connectionId":")" + std::string(id) + R"(","state":{"k":")" + std::string(value) +
           R"("},"updatedAt":)" + std::to_string(at) + "}";
}

std::string cleared(std::string_view id, int at) {
    return R"({"connectionId":")" + std::string(id) + R"(","updatedAt":)" + std::to_string(at) + "}";
}

/// What a client knows of the group `g`: `a=1 b=2`, or `none` without a subscription.
std::string known(const client& c) {
    const auto* const map = c.group_states("g");
    if (map == nullptr) return "none";
    std::string out;
    for (const auto& each : *map)
        out += (out.empty() ? "" : " ") + each.connection_id + "=" + each.state->front().value;
    return out;
}

/// A connected member of `g` that is subscribed to its states.
client_driver subscriber(client_driver d = reliable_client()) {
    d.connect();
    REQUIRE(d.c.join_group(d.now, "g"));
    REQUIRE(d.c.subscribe_group_state(d.now, "g"));
    d.drain();
    d.receive(ack(1));
    d.receive(ack(2));
    d.receive(states("Snapshot", 1, item("a", "1", 10)));
    CHECK(known(d.c) == "a=1");
    d.forget();
    d.take_sent();
    return d;
}

} // namespace

TEST_CASE("a state is set and cleared by requests") {
    auto d = reliable_client();
    d.connect();
    CHECK(d.c.set_group_state(d.now, "g", {{"k", "1"}, {"k", "2"}}).value() == ack_id{1});
    CHECK(d.c.clear_group_state(d.now, "g", {5}).value() == ack_id{2});
    d.drain();
    CHECK(d.take_sent() == strings{R"({"type":"setGroupState","group":"g","state":{"k":"2"},"ackId":1})",
                                   R"({"type":"setGroupState","group":"g","ackId":2})"});
    d.receive(ack(1));
    d.receive(nack(2, "Forbidden"));
    CHECK(d.take<request_completed>()->status == request_status::succeeded);
    const auto failed = d.take<request_completed>();
    CHECK(failed->tag == 5);
    CHECK(failed->error.name == "Forbidden");
}

TEST_CASE("a state that is too large or no text is an error value") {
    auto d = reliable_client();
    d.connect();
    CHECK(d.c.set_group_state(d.now, "g", {{"k", std::string(511, 'x')}}));
    CHECK(d.c.set_group_state(d.now, "g", {{"k", std::string(512, 'x')}}).error().code == errc::state_too_large);
    CHECK(d.c.set_group_state(d.now, "g", {{"\xff", ""}}).error().code == errc::invalid_utf8);
    CHECK(d.c.set_group_state(d.now, "", {}).error().code == errc::invalid_group_name);
    CHECK(d.c.subscribe_group_state(d.now, "").error().code == errc::invalid_group_name);
}

TEST_CASE("a subscription brings a snapshot and then updates, of which the newest counts") {
    auto d = subscriber();
    d.receive(states("Update", 2, item("b", "2", 20)));
    const auto changed = d.take<group_states_changed>();
    REQUIRE(changed);
    CHECK_FALSE(changed->snapshot);
    CHECK(changed->group == "g");
    REQUIRE(changed->items.size() == 1);
    CHECK(changed->items[0].connection_id == "b");
    CHECK(known(d.c) == "a=1 b=2");
    d.receive(states("Update", 3, item("a", "old", 9)));
    CHECK(d.count<group_states_changed>() == 0);
    d.receive(states("Update", 4, cleared("a", 30)));
    CHECK(d.take<group_states_changed>());
    CHECK(known(d.c) == "b=2");
    // What comes twice changes nothing, and is acknowledged.
    d.receive(states("Update", 4, item("a", "2", 40)));
    CHECK(known(d.c) == "b=2");
    d.wait(1s);
    CHECK(d.sent.back() == R"({"type":"sequenceAck","sequenceId":4})");
}

TEST_CASE("a snapshot that overtakes the ack of its subscription counts") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.subscribe_group_state(d.now, "g"));
    d.drain();
    d.receive(states("Snapshot", 1, item("a", "1", 10)));
    CHECK(d.take<group_states_changed>()->snapshot);
    d.receive(nack(1, "Duplicate"));
    CHECK(d.take<request_completed>()->duplicate);
    CHECK(known(d.c) == "a=1");
}

TEST_CASE("a subscription that is refused leaves nothing") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.subscribe_group_state(d.now, "g"));
    d.drain();
    d.receive(nack(1, "Forbidden"));
    CHECK(known(d.c) == "none");
}

TEST_CASE("a subscription goes on after a recovery, and is renewed on a new connection, after the membership") {
    auto d = subscriber();
    d.recover();
    CHECK(known(d.c) == "a=1");
    for (const auto& frame : d.take_sent()) CHECK(frame.find("subscribe") == std::string::npos);
    d.replace();
    CHECK(known(d.c).empty());
    CHECK(d.take_sent() == strings{R"({"type":"joinGroup","group":"g","ackId":3})"});
    d.receive(ack(3));
    CHECK(d.take_sent() == strings{R"({"type":"subscribeGroupState","group":"g","ackId":4})"});
    d.receive(ack(4));
    d.receive(states("Snapshot", 1, item("b", "2", 5)));
    CHECK(known(d.c) == "b=2");
    CHECK(d.count<request_completed>() == 0);
}

TEST_CASE("a subscription that can't be renewed is told of and forgotten") {
    auto d = subscriber();
    d.replace();
    d.receive(ack(3));
    d.receive(nack(4, "Forbidden"));
    CHECK(d.take<resubscribe_failed>()->error.name == "Forbidden");
    CHECK(known(d.c) == "none");
}

TEST_CASE("a subscription ends with the end of it, or of the membership") {
    auto d = subscriber();
    SECTION("unsubscribed") {
        REQUIRE(d.c.unsubscribe_group_state(d.now, "g"));
        d.drain();
        CHECK(d.take_sent() == strings{R"({"type":"unsubscribeGroupState","group":"g","ackId":3})"});
    }
    SECTION("left") { REQUIRE(d.c.leave_group(d.now, "g")); }
    CHECK(known(d.c) == "none");
    d.drain();
    d.receive(ack(3));
    d.receive(states("Update", 2, item("b", "2", 20)));
    CHECK(d.count<group_states_changed>() == 0);
    d.take_sent();
    d.replace();
    for (const auto& frame : d.take_sent()) CHECK(frame.find("subscribeGroupState") == std::string::npos);
}

TEST_CASE("an end of a subscription that overtakes its beginning wins") {
    auto d = reliable_client();
    d.connect();
    REQUIRE(d.c.subscribe_group_state(d.now, "g"));
    REQUIRE(d.c.unsubscribe_group_state(d.now, "g"));
    d.drain();
    d.receive(ack(1));
    d.receive(ack(2));
    CHECK(known(d.c) == "none");
    d.take_sent();
    d.replace();
    CHECK(d.take_sent().empty());
}

TEST_CASE("a subscription after the end of another one, in one go, knows its own snapshot only") {
    auto d = subscriber();
    const bool leaves = GENERATE(true, false);
    if (leaves) {
        REQUIRE(d.c.leave_group(d.now, "g"));
        REQUIRE(d.c.join_group(d.now, "g"));
    } else {
        REQUIRE(d.c.unsubscribe_group_state(d.now, "g"));
    }
    REQUIRE(d.c.subscribe_group_state(d.now, "g"));
    d.drain();
    // What the earlier subscription still brings may be newer than all that the next one begins with.
    d.receive(states("Snapshot", 2, item("a", "1", 10) + "," + item("b", "1", 20)));
    d.receive(states("Update", 3, item("c", "1", 30)));
    SECTION("after the acks") {
        for (const auto id : {3, 4, 5}) d.receive(ack(static_cast<std::uint64_t>(id)));
        d.receive(states("Snapshot", 4, item("a", "1", 10)));
    }
    SECTION("before the acks, which were lost with a transport") {
        d.receive(states("Snapshot", 4, item("a", "1", 10)));
        for (const auto id : {3, 4, 5}) d.receive(ack(static_cast<std::uint64_t>(id)));
    }
    CHECK(known(d.c) == "a=1");
}
