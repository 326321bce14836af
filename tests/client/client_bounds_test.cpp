// SPDX-License-Identifier: MIT
#include <webpubsub/client/client.hpp>

#include "support/client_driver.hpp"

// What is counted and in which order it is told, where two features meet: a full queue of events and a handshake, joins
// under way and the limit of groups, rejoins and the limit of bytes.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

std::size_t pauses(client& c) {
    std::size_t n = 0;
    while (const auto order = c.poll_order()) n += holds_alternative<pause_reading>(*order);
    return n;
}

/// The connection ends for good, and the next one is on its way.
void replace(client_driver& d) {
    d.closed(close_code::normal);
    d.forget();
    while (d.count<open_transport>() == 0) d.wait(100ms);
    d.connect("c2");
}

std::string of_stream(std::string_view id, std::string_view sequence_id) {
    return R"({"sequenceId":)" + std::string(sequence_id) +
           R"(,"type":"message","from":"group","group":"g","dataType":"text","data":"x","stream":{"streamId":")" +
           std::string(id) + R"(","streamSequenceId":1}})";
}

} // namespace

TEST_CASE("an application that takes no events does not hold up the handshake of the next connection") {
    auto options = with_url();
    options.events.max_count = 8;
    auto d = reliable_client(options);
    d.connect();
    std::uint64_t id = 0;
    while (d.c.handle_frame(d.now, d.transport.transport, frame_kind::text, group_text(++id, "x"))) {}
    CHECK(pauses(d.c) == 1);
    d.c.handle_closed(d.now, d.transport.transport, close_code::normal, {});
    // No event is taken from here on, and the host reads only when it is not asked to pause.
    const auto find_open = [&] {
        while (const auto order = d.c.poll_order()) {
            if (const auto* open = get_if<open_transport>(&*order)) return d.transport = *open, true;
        }
        return false;
    };
    while (!find_open()) {
        d.now = d.c.poll_timeout().value();
        d.c.handle_timeout(d.now);
    }
    d.c.handle_opened(d.now, d.transport.transport, d.transport.subprotocol);
    CHECK(pauses(d.c) == 0);
    // What has no place before `connected` is not collected without a limit.
    CHECK(d.c.handle_frame(d.now, d.transport.transport, frame_kind::text, group_text(1, "x")).error().code ==
          errc::events_not_drained);
    REQUIRE(d.c.handle_frame(d.now, d.transport.transport, frame_kind::text, d.connected_frame("c2", "t")));
    CHECK(d.c.state() == client_state::connected);
    CHECK(pauses(d.c) == 1);
    d.drain();
    CHECK(d.count<connected>() == 2);
    CHECK(d.count<resume_reading>() == 1);
}

TEST_CASE("groups that are being joined count as groups") {
    auto options = with_url();
    options.groups.max_groups = 2;
    auto d = reliable_client(options);
    d.connect();
    REQUIRE(d.c.join_group(d.now, "a"));
    REQUIRE(d.c.join_group(d.now, "b"));
    CHECK(d.c.join_group(d.now, "c").error() == error::exceeds(errc::too_many_groups, "groups.max_groups", 2, 3));
    // The same group once more is no other one.
    REQUIRE(d.c.join_group(d.now, "a"));
    d.drain();
    SECTION("one that is refused makes room") {
        d.receive(nack(2, "Forbidden"));
        CHECK(d.c.join_group(d.now, "c"));
    }
    SECTION("one that is asked for twice counts until both are refused") {
        d.receive(nack(1, "Forbidden"));
        CHECK_FALSE(d.c.join_group(d.now, "c"));
        d.receive(nack(3, "Forbidden"));
        CHECK(d.c.join_group(d.now, "c"));
    }
    SECTION("one that succeeded counts once") {
        d.receive(ack(1));
        d.receive(nack(2, "Forbidden"));
        CHECK(d.c.join_group(d.now, "c"));
        CHECK_FALSE(d.c.join_group(d.now, "d"));
    }
}

TEST_CASE("the rejoins of a new connection take no room from the application's requests") {
    auto options = with_url();
    options.requests.max_bytes = 200;
    auto d = reliable_client(options);
    d.connect();
    for (std::uint64_t i = 1; i <= 4; ++i) {
        REQUIRE(d.c.join_group(d.now, std::string(60, static_cast<char>('a' + i))));
        d.drain();
        d.receive(ack(i));
    }
    replace(d);
    CHECK(d.take_sent().size() == 8);
    REQUIRE(d.c.send_event(d.now, "e", text_payload(std::string(50, 'x'))));
    CHECK(d.c.send_event(d.now, "e", text_payload(std::string(100, 'x'))).error().code == errc::queue_full);
    // Nor do they leave any behind.
    for (std::uint64_t i = 5; i <= 9; ++i) d.receive(ack(i));
    CHECK(d.c.pending_requests() == 0);
    CHECK(d.c.send_event(d.now, "e", text_payload(std::string(100, 'x'))));
}

TEST_CASE("a change of the state is told before the event that tells why") {
    auto options = with_url();
    options.events.report_states = true;
    auto d = reliable_client(options);
    d.connect();
    const auto told = [&] {
        strings words;
        for (const auto& event : d.events) {
            if (const auto* change = get_if<state_changed>(&event)) words.emplace_back(name_of(change->to));
            if (holds_alternative<connected>(event)) words.emplace_back("up");
            if (holds_alternative<client_events::recovering>(event)) words.emplace_back("lost");
            if (holds_alternative<disconnected>(event)) words.emplace_back("gone");
            if (holds_alternative<stopped>(event)) words.emplace_back("end");
        }
        d.events.clear();
        return words;
    };
    CHECK(told() == strings{"connecting", "connected", "up"});
    SECTION("a connection is replaced, and another one ended") {
        replace(d);
        d.stop();
        CHECK(told() == strings{"connected", "up", "stopped", "gone", "end"});
    }
    SECTION("one is lost for good") {
        d.closed(close_code::normal);
        CHECK(told() == strings{"connecting", "gone"});
    }
    SECTION("one can't be recovered") {
        d.closed();
        CHECK(told() == strings{"recovering", "lost"});
        d.wait(10min);
        const auto words = told();
        REQUIRE(words.size() >= 2);
        CHECK(words[0] == "connecting");
        CHECK(words[1] == "gone");
    }
}

TEST_CASE("the last connection of a client that makes no other ends with the state first") {
    auto options = with_url();
    options.events.report_states = true;
    options.connect.auto_reconnect = false;
    auto d = reliable_client(options);
    d.connect();
    d.forget();
    d.closed(close_code::normal);
    REQUIRE(d.events.size() == 3);
    CHECK(get<state_changed>(d.events[0]).to == client_state::stopped);
    CHECK(holds_alternative<disconnected>(d.events[1]));
    CHECK(holds_alternative<stopped>(d.events[2]));
}

TEST_CASE("whoever finds that the protocol is violated, it is counted") {
    auto options = with_url();
    options.subscriber.max_key_size = 4;
    auto d = reliable_client(options);
    SECTION("in the handshake") {
        d.start();
        d.opened("another");
    }
    SECTION("in a stream of a group") {
        d.connect();
        d.receive(of_stream("long", "1"));
    }
    SECTION("in the answer to a stream") {
        d.connect();
        REQUIRE(d.c.open_stream(d.now, "g", {"s"}));
        d.drain();
        d.receive(R"({"type":"streamAck","streamId":"s","expectedSequenceId":99})");
    }
    SECTION("in a frame") {
        d.connect();
        d.receive("{");
    }
    CHECK(d.count<protocol_error>() == 1);
    CHECK(d.c.counters().protocol_errors == 1);
}
