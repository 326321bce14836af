// SPDX-License-Identifier: MIT

// Many requests of one client that wait behind an event that nobody has answered, while the client goes on to live.

#include "hub/plain_host.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

using namespace plain_hosts;

namespace {

/// A client with an event that waits for its answer, and requests behind it, and another who sends to its group.
struct fixture : plain_host {
    explicit fixture(const hub_options& options = {}) : plain_host(options) {
        client = connect(reliable);
        sender = connect(plain, {});
        say(client, R"({"type":"event","event":"e","data":1,"ackId":1})");
        settle();
    }

    void settle() {
        while (round(50)) {}
    }
    /// Requests that reach nobody.
    void ask(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) say(client, R"({"type":"sendToGroup","group":"nobody","data":1})");
        settle();
    }
    queue_depth depth() { return *the_hub().queue_of(clients[client].id); }
    bool is_read() { return the_hub().wants_input(clients[client].transport); }

    std::size_t client = 0;
    std::size_t sender = 0;
};

} // namespace

TEST_CASE("a client whose requests wait is read as long as the room for its data depends on its acknowledgements") {
    fixture f;
    f.ask(700);
    // Half of the requests that may wait, and one.
    CHECK(f.depth().waiting_requests == 501);
    CHECK_FALSE(f.is_read());
    const auto start = f.now.steady;
    f.pipeline(f.sender, 2000);
    f.run(50);
    CHECK(f.now.steady == start);
    CHECK(f.clients[f.client].received.size() == 2000);
    CHECK_FALSE(f.clients[f.client].closed);
    CHECK(f.clients[f.sender].up.empty());
    CHECK(f.the_hub().slow_reader_count() == 0);
    CHECK(f.depth().waiting_requests == 700);

    // Nothing depends on it any more, so the next requests stay where they are until the event is answered.
    CHECK_FALSE(f.is_read());
    f.ask(500);
    CHECK(f.depth().waiting_requests == 700);
    f.answer_events();
    f.settle();
    CHECK(f.depth().waiting_requests == 0);
    CHECK(f.is_read());
    CHECK(f.clients[f.client].up.empty());
}

TEST_CASE("a client whose requests wait for itself to acknowledge goes on when it does") {
    hub_options options;
    options.queues.replay.frames = 100;
    options.requests.waiting.frames = 100;
    // Without an end of the patience nothing but the acknowledgement helps.
    options.queues.stall_time.reset();
    options.queues.slow_after.reset();
    plain_host host(options);
    const auto client = host.connect(reliable);
    host.pipeline(client, 120);
    while (host.round(7)) {}
    // The messages to its own group make its buffer more than half full, and the others wait: more than half of those
    // that may.
    CHECK(host.clients[client].received.size() == 51);
    CHECK(host.the_hub().queue_of(host.clients[client].id)->waiting_requests == 120 - 51);
    REQUIRE(host.the_hub().wants_input(host.clients[client].transport));
    host.say(client, R"({"type":"sequenceAck","sequenceId":51})");
    while (host.round(7)) {}
    host.say(client, R"({"type":"sequenceAck","sequenceId":102})");
    while (host.round(7)) {}
    CHECK(host.clients[client].received.size() == 120);
    CHECK_FALSE(host.clients[client].closed);
}

TEST_CASE("the requests that wait are limited also while their client is read for its acknowledgements") {
    fixture f;
    f.ask(501);
    f.clients[f.client].acknowledged = 1'000'000;
    f.pipeline(f.sender, 600);
    f.settle();
    CHECK(f.depth().unacknowledged > 500);
    CHECK(f.is_read());
    f.ask(499);
    CHECK_FALSE(f.clients[f.client].closed);
    f.ask(1);
    CHECK(f.clients[f.client].closed == close_code::policy_violation);
}

TEST_CASE("acknowledgements and pings pass requests that wait, and the rest keeps its order") {
    fixture f;
    for (int i = 0; i < 400; ++i) {
        f.say(f.client, R"({"type":"sendToGroup","group":"g","dataType":"text","data":")" + std::to_string(i) + "\"}");
        if (i % 100 == 0) f.say(f.client, R"({"type":"ping"})");
    }
    f.pipeline(f.sender, 300);
    f.settle();
    CHECK(f.depth().waiting_requests == 400);
    // Each hundredth message was acknowledged.
    CHECK(f.depth().messages == 0);
    CHECK(f.clients[f.client].received.size() == 300);
    CHECK(f.clients[f.client].pongs == 4);
    f.clients[f.client].received.clear();
    f.answer_events();
    f.settle();
    const auto& received = f.clients[f.client].received;
    REQUIRE(received.size() == 400);
    for (std::size_t i = 0; i < 400; ++i) CHECK(received[i].data == text_payload(std::to_string(i)));
}

TEST_CASE("a host that asks once a read may hand in what it has read, and a plain client loses nothing") {
    hub_options options;
    options.queues.outbound.frames = 200;
    plain_host host(options);
    host.asks_once_a_read = true;
    const auto client = host.connect(plain, {});
    const auto reader = host.connect(plain);
    host.clients[reader].is_stuck = true;
    host.pipeline(client, 900);
    // Receivers who do not read and an event without an answer, one after the other.
    host.say(client, R"({"type":"event","event":"e","data":1})");
    host.pipeline(client, 900);
    const auto frames_a_read = GENERATE(as<std::size_t>{}, 1, 100, 400);
    while (host.round(frames_a_read)) {}
    CHECK_FALSE(host.the_hub().wants_input(host.clients[client].transport));
    host.clients[reader].is_stuck = false;
    while (host.round(frames_a_read)) {}
    host.answer_events();
    while (host.round(frames_a_read)) {}
    CHECK(host.clients[reader].received.size() == 1800);
    for (const auto& each : host.clients) CHECK_FALSE(each.closed);
    CHECK(host.clients[client].up.empty());
    CHECK(host.the_hub().wants_input(host.clients[client].transport));
}
