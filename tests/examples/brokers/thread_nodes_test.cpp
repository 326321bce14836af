// SPDX-License-Identifier: MIT
#include "broker_scene.hpp"
#include "thread_bus.hpp"

#include "support/catch.hpp"

#include <webpubsub/cluster/cluster_member.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>

#include <algorithm>
#include <chrono>
#include <random>

using namespace examples;
using namespace webpubsub;

namespace {

/// A hub without clients that is a node.
struct node final : bus_listener {
    static instant now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }
    static secure_random seeded(std::mt19937& generator) {
        return {&generator, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& source = *static_cast<std::mt19937*>(context);
                    std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(source()); });
                }};
    }

    std::mt19937 generator;
    hub local;
    cluster_member member;
    thread_broker link;
    std::uint64_t missed = 0;
    std::size_t met = 0, heard = 0;

    node(boost::asio::io_context& io, thread_bus& bus, const std::string& place, broker_options options = {})
        : generator(static_cast<unsigned>(std::stoul(place))),
          local(all_service_codecs(), node_options({}, {}), seeded(generator)),
          member(cluster_member::make(local, place, {}, seeded(generator)).value()),
          link(io, *this, options, bus) {
        link.start();
    }

    void run() {
        while (const auto order = member.poll_bus(now())) {
            if (const auto* const on = get_if<bus_orders::subscribe>(&*order)) link.subscribe(on->channel);
            if (const auto* const off = get_if<bus_orders::unsubscribe>(&*order)) link.unsubscribe(off->channel);
            if (const auto* const out = get_if<bus_orders::publish>(&*order)) link.publish(out->channel, out->bytes);
        }
        while (const auto event = member.poll_event()) {
            if (const auto* const gap = get_if<cluster_events::gap>(&*event)) missed += gap->count;
            if (get_if<cluster_events::node_joined>(&*event) != nullptr) ++met;
        }
    }
    void send() {
        REQUIRE(member.send_to_all(now(), payload_view::text("message")));
        run();
    }

    void handle_message(const bus_channel& channel, std::string_view bytes) override {
        ++heard;
        member.handle_bus_message(now(), channel, bytes);
        run();
    }
    void handle_subscribed(const bus_channel& channel) override {
        member.handle_bus_subscribed(now(), channel);
        run();
    }
    void handle_lost() override { member.handle_bus_lost(now()), run(); }
    void handle_connected() override { member.handle_bus_connected(now()), run(); }
};

} // namespace

TEST_CASE("a node learns how many messages found its inbox full") {
    broker_scene scene;
    thread_bus bus;
    broker_options small;
    small.max_received = 20'000;
    node sender(scene.io, bus, "0000"), slow(scene.io, bus, "0001", small), quick(scene.io, bus, "0002");
    REQUIRE(scene.run_until([&] { return sender.met == 2 && slow.met == 2 && quick.met == 2; }));
    for (int i = 0; i < 500; ++i) sender.send();
    const auto lost = slow.link.counts().dropped;
    CHECK(lost > 400);
    // They are missed when the next one comes.
    REQUIRE(scene.run_until([&] { return quick.heard >= 500 && slow.heard + lost >= 500; }));
    sender.send();
    REQUIRE(scene.run_until([&] { return slow.missed != 0; }));
    CHECK(slow.missed == lost);
    CHECK(quick.missed == 0);
}
