// SPDX-License-Identifier: MIT

#include <webpubsub/hub/hub.hpp>

#include "hub/hub_fixture.hpp"
#include "support/catch.hpp"

#include <set>
#include <string>

using namespace webpubsub;
using strings = hub_fixture::strings;
using close_note = hub_fixture::close_note;

namespace {

const std::string from_server = R"({"type":"message","from":"server","dataType":"text","data":"x"})";
const std::string from_group =
    R"({"type":"message","from":"group","group":"a","dataType":"text","data":"x","fromUserId":null})";

} // namespace

TEST_CASE("the application sends to all, a user, a group or a connection, and some may be left out") {
    hub_fixture f;
    const auto ann = f.connect(f.plain, "ann", {"a"});
    const auto bob = f.connect(f.plain, "bob", {"a"});
    const auto bob2 = f.connect(f.plain, "bob");
    const auto simple = f.connect("", "", {"a"});
    const strings except{f.id_of(bob), "unknown"};
    const auto data = text_payload("x");
    std::size_t receivers = 0;
    std::set<transport_id> expected;
    std::string frame = from_server;

    SECTION("all") {
        receivers = f.hub.send_to_all(f.now, data).value();
        expected = {ann, bob, bob2, simple};
    }
    SECTION("all but one") {
        receivers = f.hub.send_to_all(f.now, data, {.except = except}).value();
        expected = {ann, bob2, simple};
    }
    SECTION("a user") {
        receivers = f.hub.send_to_user(f.now, "bob", data).value();
        expected = {bob, bob2};
    }
    SECTION("a user but for one connection") {
        receivers = f.hub.send_to_user(f.now, "bob", data, {.except = except}).value();
        expected = {bob2};
    }
    SECTION("nobody's user") { receivers = f.hub.send_to_user(f.now, "", data).value(); }
    SECTION("a group") {
        receivers = f.hub.send_to_group(f.now, "a", data).value();
        expected = {ann, bob, simple};
        frame = from_group;
    }
    SECTION("a group but for one connection") {
        receivers = f.hub.send_to_group(f.now, "a", data, {.except = except}).value();
        expected = {ann, simple};
        frame = from_group;
    }
    SECTION("a group without members") { receivers = f.hub.send_to_group(f.now, "b", data).value(); }
    SECTION("a connection") {
        receivers = f.hub.send_to_connection(f.now, f.id_of(ann), data).value();
        expected = {ann};
    }
    SECTION("an unknown connection") { receivers = f.hub.send_to_connection(f.now, "unknown", data).value(); }

    f.drain();
    CHECK(receivers == expected.size());
    for (const auto client : {ann, bob, bob2, simple}) {
        CHECK(f.take(client) == (expected.contains(client) ? strings{client == simple ? "x" : frame} : strings{}));
    }
    // Those who were left out are left out once only.
    CHECK(f.hub.send_to_all(f.now, data).value() == 4);
}

TEST_CASE("what the application sends is checked") {
    hub_options options;
    options.frames.max_payload_size = 4;
    hub_fixture f(options);
    const auto client = f.connect(f.plain, "u", {"a"});
    struct row {
        payload data;
        errc code;
    };
    const auto each = GENERATE(
        row{json_payload("{"), errc::invalid_payload}, row{json_payload(""), errc::invalid_payload},
        row{json_payload("1 2"), errc::invalid_payload}, row{text_payload("\xed\xa0\x80"), errc::invalid_payload},
        row{text_payload("12345"), errc::frame_too_large});
    CHECK(f.hub.send_to_all(f.now, each.data).error().code == each.code);
    CHECK(f.hub.send_to_user(f.now, "u", each.data).error().code == each.code);
    CHECK(f.hub.send_to_group(f.now, "a", each.data).error().code == each.code);
    CHECK(f.hub.send_to_connection(f.now, f.id_of(client), each.data).error().code == each.code);
    CHECK(f.hub.send_to_group(f.now, " ", text_payload("x")).error() == errc::invalid_group_name);
    f.drain();
    CHECK(f.take(client).empty());
}

TEST_CASE("a broadcast is encoded once for each form, whoever gets it") {
    hub_fixture f;
    std::vector<transport_id> json;
    std::vector<transport_id> simple;
    for (int i = 0; i < 5; ++i) {
        json.push_back(f.connect(f.plain, {}, {"a"}));
        json.push_back(f.connect(f.reliable, {}, {"a"}));
        simple.push_back(f.connect("", {}, {"a"}));
    }
    CHECK(f.hub.send_to_group(f.now, "a", text_payload("x")).value() == 15);
    std::set<const char*> bodies;
    for (const auto client : json) bodies.insert(f.hub.poll_transmit(client)->body().data());
    CHECK(bodies.size() == 1);
    for (const auto client : simple) bodies.insert(f.hub.poll_transmit(client)->body().data());
    CHECK(bodies.size() == 2);
}

TEST_CASE("a transport has one write under way, and is named when it can have the next") {
    hub_fixture f;
    const auto client = f.connect(f.plain);
    CHECK_FALSE(f.hub.poll_ready());
    CHECK_FALSE(f.hub.poll_transmit(client));
    CHECK(f.hub.send_to_all(f.now, text_payload("1")));
    CHECK(f.hub.send_to_all(f.now, text_payload("2")));
    CHECK(f.hub.poll_ready() == client);
    CHECK_FALSE(f.hub.poll_ready());
    const auto first = f.hub.poll_transmit(client);
    REQUIRE(first);
    CHECK_FALSE(f.hub.poll_transmit(client));
    CHECK(f.hub.send_to_all(f.now, text_payload("3")));
    CHECK_FALSE(f.hub.poll_ready());
    CHECK(first->body().find("\"1\"") != std::string_view::npos);
    f.hub.handle_written(f.now, client);
    CHECK(f.hub.poll_ready() == client);
    // A host may also ask at once.
    CHECK(f.hub.poll_transmit(client)->body().find("\"2\"") != std::string_view::npos);
    f.hub.handle_written(f.now, client);
    CHECK(f.hub.poll_transmit(client)->body().find("\"3\"") != std::string_view::npos);
    CHECK_FALSE(f.hub.poll_ready());
    f.hub.handle_written(f.now, client);
    CHECK_FALSE(f.hub.poll_transmit(client));
    f.hub.handle_written(f.now, client);
    CHECK(f.hub.counters().late_inputs == 1);
    CHECK_FALSE(f.hub.poll_transmit(transport_id{}));
    CHECK_FALSE(f.hub.poll_transmit(transport_id{number_of(client) + 1}));
}

TEST_CASE("a slow reader is closed at its limit while the others keep getting everything") {
    struct row {
        std::string subprotocol;
        std::string reason;
        bool by_bytes;
    };
    const auto each = GENERATE(row{"json.webpubsub.azure.v1", "The outbound message queue is full.", false},
                               row{"json.webpubsub.azure.v1", "The outbound message queue is full.", true},
                               row{"", "The outbound message queue is full.", false},
                               row{"json.reliable.webpubsub.azure.v1", "The reliable message buffer is full.", false},
                               row{"json.reliable.webpubsub.azure.v1", "The reliable message buffer is full.", true});
    hub_options options;
    const auto limits = each.by_bytes ? queue_limits{1000, 1000} : queue_limits{10, 1'000'000};
    options.queues.outbound = options.queues.replay = limits;
    hub_fixture f(options);
    std::vector<transport_id> others;
    for (int i = 0; i < 3; ++i) others.push_back(f.connect(f.plain, {}, {"a"}));
    const auto slow = f.connect(each.subprotocol, {}, {"a"});
    for (int i = 0; i < 3; ++i) others.push_back(f.connect(f.plain, {}, {"a"}));
    f.stalled.insert(slow);

    std::size_t sent = 0;
    while (!f.close_of(slow) && sent < 1000) {
        CHECK(f.hub.send_to_group(f.now, "a", text_payload("x")));
        ++sent;
        f.drain();
    }
    if (!each.by_bytes) {
        // On a plain connection one frame more is with the host.
        CHECK(sent == (each.subprotocol.find("reliable") == std::string::npos ? 12u : 11u));
    }
    CHECK(f.close_of(slow) == close_note{1008, each.reason});
    CHECK(f.end_of(slow) == each.reason);
    CHECK(f.hub.connection_count_of_group("a") == 6);
    CHECK(f.hub.counters().slow_consumers == 1);
    for (const auto other : others) CHECK(f.take(other).size() == sent);
    f.hub.handle_written(f.now, slow);
    CHECK_FALSE(f.hub.poll_transmit(slow));
    f.gone(slow);
    CHECK(f.hub.counters().late_inputs == 0);
}

TEST_CASE("a full replay buffer ends a detached connection too, and a reader that acknowledges never fills it") {
    hub_options options;
    options.queues.replay = {10, 1'000'000};
    hub_fixture f(options);
    const auto away = f.connect(f.reliable, {}, {"a"});
    const auto reader = f.connect(f.reliable, {}, {"a"});
    f.gone(away);
    for (int i = 1; i <= 30; ++i) {
        CHECK(f.end_of(away).has_value() == (i > 11));
        CHECK(f.hub.send_to_group(f.now, "a", text_payload("x")).value() == (i <= 10 ? 2u : 1u));
        f.drain();
        f.text(reader, R"({"type":"sequenceAck","sequenceId":)" + std::to_string(i) + "}");
    }
    CHECK(f.end_of(away) == "The reliable message buffer is full.");
    CHECK(f.take(reader).size() == 30);
    CHECK_FALSE(f.close_of(reader));
    CHECK(f.close_of(f.recover_of(away))->code == 1008);
}

TEST_CASE("acks and pongs that are not read fill the outbound queue") {
    hub_options options;
    options.queues.outbound = {5, 1'000'000};
    hub_fixture f(options);
    const auto client = f.connect(GENERATE(hub_fixture::plain, hub_fixture::reliable));
    f.stalled.insert(client);
    for (int i = 0; i < 6; ++i) f.text(client, R"({"type":"ping"})");
    CHECK_FALSE(f.close_of(client));
    f.text(client, R"({"type":"ping"})");
    CHECK(f.close_of(client) == close_note{1008, "The outbound message queue is full."});
    CHECK(f.end_of(client) == "The outbound message queue is full.");
}

TEST_CASE("a sender whose own echo fills its queue gets no ack and harms nothing") {
    hub_options options;
    options.queues.outbound = {1, 1'000'000};
    hub_fixture f(options);
    const auto client = f.connect(f.plain, {}, {"a"});
    f.stalled.insert(client);
    const std::string frame = R"({"type":"sendToGroup","group":"a","data":1,"ackId":1})";
    f.text(client, R"({"type":"sendToGroup","group":"a","data":1})");
    f.text(client, R"({"type":"sendToGroup","group":"a","data":1})");
    CHECK_FALSE(f.close_of(client));
    f.text(client, frame);
    // It waits until the sender reads, or has not read for a time.
    CHECK_FALSE(f.close_of(client));
    f.advance(std::chrono::seconds(1));
    REQUIRE(f.close_of(client));
    CHECK(f.close_of(client)->code == 1008);
    f.gone(client);
    CHECK_FALSE(f.hub.group_exists("a"));
}

TEST_CASE("the application changes memberships, and unknown targets are errors") {
    hub_options options;
    options.groups.max_per_connection = 2;
    hub_fixture f(options);
    auto asked = f.request("");
    asked.roles = {};
    const auto id = f.id_of(f.connect(asked));
    CHECK(f.hub.add_to_group(f.now, id, "a"));
    CHECK(f.hub.add_to_group(f.now, id, "a"));
    CHECK(f.hub.is_in_group(id, "a"));
    CHECK(f.hub.add_to_group(f.now, id, "b"));
    CHECK(f.hub.add_to_group(f.now, id, "c").error() == errc::too_many_groups);
    CHECK(f.hub.remove_from_group(f.now, id, "a"));
    CHECK(f.hub.remove_from_group(f.now, id, "a"));
    CHECK_FALSE(f.hub.is_in_group(id, "a"));
    CHECK(f.hub.remove_from_all_groups(f.now, id));
    CHECK(f.hub.group_count() == 0);

    CHECK(f.hub.add_to_group(f.now, id, "").error() == errc::invalid_group_name);
    CHECK(f.hub.remove_from_group(f.now, id, " ").error() == errc::invalid_group_name);
    CHECK(f.hub.add_to_group(f.now, "unknown", "a").error() == errc::unknown_target);
    CHECK(f.hub.remove_from_group(f.now, "unknown", "a").error() == errc::unknown_target);
    CHECK(f.hub.remove_from_all_groups(f.now, "unknown").error() == errc::unknown_target);
    CHECK(f.hub.grant(f.now, "unknown", permission::send_to_group, "a").error() == errc::unknown_target);
    CHECK(f.hub.revoke(f.now, "unknown", permission::send_to_group, "a").error() == errc::unknown_target);
    CHECK(f.hub.close_connection(f.now, "unknown").error() == errc::unknown_target);
}

TEST_CASE("permissions change while a connection is open, and memberships stay") {
    hub_fixture f;
    const auto client = f.connect(f.plain, {}, {"a"});
    const auto id = f.id_of(client);
    CHECK(f.hub.has_permission(id, permission::send_to_group, "a"));
    CHECK(f.hub.revoke(f.now, id, permission::send_to_group, "a"));
    CHECK_FALSE(f.hub.has_permission(id, permission::send_to_group, "a"));
    CHECK(f.hub.has_permission(id, permission::send_to_group, "b"));
    CHECK(f.hub.is_in_group(id, "a"));
    f.text(client, R"({"type":"sendToGroup","group":"a","data":1,"ackId":1})");
    CHECK(f.take(client).at(0).find("Forbidden") != std::string::npos);
    CHECK(f.hub.grant(f.now, id, permission::send_to_group, "a"));
    f.text(client, R"({"type":"sendToGroup","group":"a","data":1,"noEcho":true,"ackId":1})");
    CHECK(f.take(client) == strings{R"({"type":"ack","ackId":1,"success":true})"});
    CHECK_FALSE(f.hub.has_permission("unknown", permission::send_to_group, "a"));
}
