// SPDX-License-Identifier: MIT

// A host that is as plain as can be, and clients that are as eager as can be: nobody is closed as a slow reader who
// reads, and nobody waits for long for one who does not.

#include <webpubsub/codec/json.hpp>
#include <webpubsub/codec/json_service.hpp>
#include <webpubsub/hub/hub.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

using namespace webpubsub;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view plain = "json.webpubsub.azure.v1";
constexpr std::string_view reliable = "json.reliable.webpubsub.azure.v1";

/// Reads frames from its sockets in turn, and does after each what the hub's loop asks for. A write that was begun is
/// completed in the next round.
class plain_host {
public:
    struct client {
        transport_id transport{};
        std::string id;
        bool is_reliable = false;
        /// Its transport takes nothing.
        bool is_stuck = false;
        /// On the way to the hub, and on the way from it.
        std::deque<std::string> up{};
        std::deque<delivery> down{};
        std::vector<group_data_message> received{};
        std::uint64_t acknowledged = 0;
        std::optional<std::uint16_t> closed{};
    };

    explicit plain_host(const hub_options& options)
        : hub_({json_service_codec(), reliable_json_service_codec()}, options, random()) {}
    plain_host(const plain_host&) = delete;
    plain_host& operator=(const plain_host&) = delete;

    std::size_t connect(std::string_view subprotocol, std::vector<std::string> groups = {"g"}) {
        connect_request asked;
        asked.subprotocols = {std::string(subprotocol)};
        asked.roles = {"webpubsub.sendToGroup"};
        asked.groups = std::move(groups);
        client added;
        added.transport = std::get<accepted>(hub_.admit(now, asked)).transport;
        added.is_reliable = subprotocol == reliable;
        clients.push_back(std::move(added));
        by_transport_[clients.back().transport] = clients.size() - 1;
        hub_.handle_opened(now, clients.back().transport);
        clients.back().id = std::string(hub_.connection_of(clients.back().transport));
        drain();
        return clients.size() - 1;
    }

    void pipeline(std::size_t from, std::size_t count) {
        std::string frame;
        json_codec().encode(send_to_group_message{"g", {}, false, text_payload(std::to_string(from)), {}, 0}, frame);
        for (std::size_t i = 0; i < count; ++i) clients[from].up.push_back(frame);
    }

    /// False if there is nothing to do but wait.
    bool round(std::size_t frames_a_read) {
        bool any = false;
        for (auto& it : clients) {
            for (std::size_t n = 0; n < frames_a_read && !it.up.empty() && hub_.wants_input(it.transport); ++n) {
                const auto frame = std::move(it.up.front());
                it.up.pop_front();
                hub_.handle_frame(now, it.transport, frame_kind::text, frame);
                drain();
                any = true;
            }
        }
        for (auto& it : clients) {
            if (it.is_stuck || it.down.empty()) continue;
            const auto n = static_cast<std::uint32_t>(it.down.size());
            for (const auto& each : it.down) receive(it, each);
            it.down.clear();
            hub_.handle_written(now, it.transport, n);
            drain();
            any = true;
        }
        return any;
    }

    /// Until nothing happens any more, or that time has passed.
    void run(std::size_t frames_a_read, duration at_most = 1min) {
        const auto end = now.steady + at_most;
        for (;;) {
            while (round(frames_a_read)) {}
            const auto next = hub_.poll_timeout();
            if (!next || *next > end) return;
            now.steady = std::max(now.steady, *next);
            hub_.handle_timeout(now);
            drain();
        }
    }

    instant now{};
    std::deque<client> clients;
    std::size_t pauses = 0;

    hub& the_hub() { return hub_; }

    void drain() {
        while (auto order = hub_.poll_order()) {
            if (const auto* close = std::get_if<hub_orders::close_transport>(&*order)) {
                clients[by_transport_.at(close->transport)].closed = close->code;
            }
            pauses += std::holds_alternative<hub_orders::pause_reading>(*order);
        }
        while (hub_.poll_event()) {}
        while (const auto ready = hub_.poll_ready()) {
            auto& it = clients[by_transport_.at(*ready)];
            while (auto next = hub_.poll_transmit(*ready)) it.down.push_back(std::move(*next));
        }
    }

private:
    secure_random random() {
        return {&generator_, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& source = *static_cast<std::mt19937_64*>(context);
                    std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(source()); });
                }};
    }

    /// A reliable client acknowledges each 100 messages, behind whatever it has sent before.
    static void receive(client& by, const delivery& frame) {
        service_message message;
        REQUIRE(json_codec().decode(std::string(frame.prefix()).append(frame.body()), message));
        auto* const data = std::get_if<group_data_message>(&message);
        if (data == nullptr) return;
        const auto number = data->sequence_id.value_or(0);
        by.received.push_back(std::move(*data));
        if (!by.is_reliable || number < by.acknowledged + 100) return;
        by.acknowledged = number;
        by.up.push_back(R"({"type":"sequenceAck","sequenceId":)" + std::to_string(number) + "}");
    }

    std::mt19937_64 generator_{1};
    webpubsub::hub hub_;
    std::map<transport_id, std::size_t> by_transport_;
};

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
