// SPDX-License-Identifier: MIT

// A host that is as plain as can be, and clients that are as eager as can be: nobody is closed as a slow reader who
// reads, and nobody waits for long for one who does not.

#include "hub/plain_host.hpp"

#include <cstddef>
#include <string>

using namespace plain_hosts;

namespace {

hub_options with_window(const hub_write_window& window) {
    hub_options options;
    options.queues.window = window;
    return options;
}

} // namespace

TEST_CASE("clients that pipeline messages to each other are all served, and nobody is closed") {
    constexpr std::size_t count = 10;
    constexpr std::size_t messages = 400;
    const auto window = GENERATE(hub_write_window{1, 1}, hub_write_window{}, hub_write_window{100'000, 1u << 30});
    const auto frames_a_read = GENERATE(as<std::size_t>{}, 1, 7, 400);
    // Every how many are reliable.
    const auto reliable_ones = GENERATE(as<std::size_t>{}, 1, 2, 1000);
    CAPTURE(window.messages, frames_a_read, reliable_ones);
    plain_host host(with_window(window));
    for (std::size_t i = 0; i < count; ++i) host.connect((i + 1) % reliable_ones == 0 ? reliable : plain);
    for (std::size_t i = 0; i < count; ++i) host.pipeline(i, messages);
    const auto start = host.now.steady;
    host.run(frames_a_read);
    for (const auto& it : host.clients) {
        CHECK_FALSE(it.closed);
        CHECK(it.received.size() == count * messages);
        CHECK(it.up.empty());
        CHECK(host.the_hub().wants_input(it.transport));
    }
    // Nobody had to be given up for that.
    CHECK(host.now.steady == start);
    CHECK(host.the_hub().counters().slow_consumers == 0);
}

TEST_CASE("a thousand clients that send a few messages each at one time are served by a small queue") {
    hub_options options;
    options.queues.outbound.frames = 100;
    plain_host host(options);
    for (std::size_t i = 0; i < 300; ++i) host.connect(plain);
    for (std::size_t i = 0; i < 300; ++i) host.pipeline(i, 3);
    host.run(1);
    std::size_t complete = 0;
    for (const auto& it : host.clients) complete += !it.closed && it.received.size() == 900;
    CHECK(complete == 300);
    CHECK(host.pauses > 0);
}

TEST_CASE("who does not read delays others for the stall time, and is closed when its queue is full") {
    hub_options options;
    options.queues.outbound.frames = 100;
    plain_host host(options);
    const auto stuck = host.connect(plain);
    const auto reader = host.connect(plain);
    const auto sender = host.connect(plain, {});
    while (host.round(1)) {}
    host.clients[stuck].is_stuck = true;
    host.pipeline(sender, 300);
    const auto start = host.now.steady;
    while (host.round(10)) {}
    // 16 are with the transport, 51 make its queue more than half full.
    CHECK(host.clients[reader].received.size() == 16 + 51);
    CHECK_FALSE(host.the_hub().wants_input(host.clients[sender].transport));
    CHECK(host.the_hub().wants_input(host.clients[reader].transport));
    CHECK(host.the_hub().queue_of(host.clients[stuck].id)->messages == 51);
    CHECK_FALSE(host.clients[stuck].closed);
    host.run(10);
    CHECK(host.now.steady == start + 1s);
    CHECK(host.clients[stuck].closed == 1008);
    CHECK(host.clients[reader].received.size() == 300);
    CHECK_FALSE(host.clients[sender].closed);
}

TEST_CASE("who reads slowly delays others for no longer than the option says") {
    hub_options options;
    options.queues.outbound.frames = 1000;
    options.queues.window.messages = 1;
    plain_host host(options);
    const auto slow = host.connect(plain);
    const auto sender = host.connect(plain, {});
    host.clients[slow].is_stuck = true;
    host.pipeline(sender, 1000);
    while (host.round(1)) {}
    const auto start = host.now.steady;
    // One message each 500 ms, which is no stall.
    while (!host.the_hub().wants_input(host.clients[sender].transport) && host.now.steady < start + 1min) {
        host.now.steady += 500ms;
        host.the_hub().handle_timeout(host.now);
        host.drain();
        host.clients[slow].is_stuck = false;
        host.round(0);
        host.clients[slow].is_stuck = true;
    }
    CHECK(host.now.steady == start + 10s);
}

TEST_CASE("a detached connection lets nobody wait") {
    hub_options options;
    options.queues.replay.frames = 100;
    plain_host host(options);
    const auto away = host.connect(reliable);
    const auto reader = host.connect(plain);
    const auto sender = host.connect(plain, {});
    host.the_hub().handle_closed(host.now, host.clients[away].transport);
    host.pipeline(sender, 90);
    const auto start = host.now.steady;
    while (host.round(1)) {}
    CHECK(host.now.steady == start);
    CHECK(host.clients[reader].received.size() == 90);
    CHECK(host.pauses == 0);
}

TEST_CASE("requests wait in their order behind one that waits for receivers, and acknowledgements pass") {
    hub_options options;
    options.queues.replay.frames = 10;
    options.queues.window.messages = 100;
    plain_host host(options);
    const auto a = host.connect(reliable);
    host.pipeline(a, 9);
    host.clients[a].up.push_back(R"({"type":"event","event":"e","data":1})");
    while (host.round(100)) {}
    // Six make the buffer more than half full; all are written, and none is acknowledged.
    CHECK(host.clients[a].received.size() == 6);
    CHECK(host.the_hub().queue_of(host.clients[a].id)->waiting_requests == 4);
    CHECK(host.the_hub().wants_input(host.clients[a].transport));
    host.the_hub().handle_frame(host.now, host.clients[a].transport, frame_kind::text,
                                R"({"type":"sequenceAck","sequenceId":6})");
    host.drain();
    while (host.round(100)) {}
    CHECK(host.clients[a].received.size() == 9);
    CHECK(host.the_hub().queue_of(host.clients[a].id)->waiting_requests == 0);
}
