// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/cluster_member.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace bench_nodes {

using namespace webpubsub;

struct traffic {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;

    void add(const std::string& message) { ++messages, bytes += message.size(); }
};

/// Nodes of one hub over a bus in memory, which counts what it carries. Each client reads at once.
class counted_cluster {
public:
    explicit counted_cluster(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) nodes_.push_back(std::make_unique<node>(i));
        for (auto& each : nodes_) each->member.handle_bus_connected(now);
        settle();
    }

    std::size_t size() const { return nodes_.size(); }
    hub& hub_of(std::size_t i) { return nodes_[i]->local; }
    cluster_member& member(std::size_t i) { return nodes_[i]->member; }
    /// Out of the node, and into it, with what comes back to it.
    traffic sent_by(std::size_t i) const { return nodes_[i]->sent; }
    traffic received_by(std::size_t i) const { return nodes_[i]->received; }

    transport_id connect(std::size_t i, const std::string& user, std::vector<std::string> groups) {
        connect_request request;
        request.user_id = user;
        request.groups = std::move(groups);
        request.roles = {"webpubsub.sendToGroup"};
        request.subprotocols = {"json.webpubsub.azure.v1"};
        auto outcome = hub_of(i).admit(now, std::move(request));
        while (!holds_alternative<accepted>(outcome)) {
            if (const auto* const waits = get_if<waiting>(&outcome)) outcome = decision(i, waits->id);
            if (holds_alternative<refused>(outcome)) std::abort();
        }
        const auto transport = get<accepted>(outcome).transport;
        hub_of(i).handle_opened(now, transport);
        settle();
        return transport;
    }

    /// Everything arrives.
    void settle() {
        for (bool moved = true; moved;) {
            moved = false;
            for (auto& each : nodes_) moved = obey(*each) || moved;
            for (auto& each : nodes_) moved = hear(*each) || moved;
        }
    }

    instant now{steady_time{} + std::chrono::hours(1), wall_time{} + std::chrono::hours(24 * 365 * 50)};

private:
    struct node {
        explicit node(std::size_t number)
            : engine(number + 1),
              local(all_service_codecs(), node_options({}, {}), random()),
              member(cluster_member::make(local, std::to_string(1000 + number), {}, random()).value()) {}

        secure_random random() {
            return {&engine, [](void* context, unsigned char* bytes, std::size_t size) {
                        auto& source = *static_cast<std::mt19937_64*>(context);
                        std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(source()); });
                    }};
        }

        std::mt19937_64 engine;
        hub local;
        cluster_member member;
        std::deque<bus_orders::publish> coming{};
        traffic sent{};
        traffic received{};
    };

    bool obey(node& it) {
        bool moved = false;
        for (; const auto order = it.member.poll_bus(now); moved = true) {
            if (const auto* const subscribe = get_if<bus_orders::subscribe>(&*order)) {
                it.member.handle_bus_subscribed(now, subscribe->channel);
            } else if (const auto* const message = get_if<bus_orders::publish>(&*order)) {
                it.sent.add(message->bytes);
                // Orders take effect at once, so what a node knows of its subscriptions is what a broker would know.
                for (auto& to : nodes_) {
                    if (to->member.is_subscribed(message->channel)) to->coming.push_back(*message);
                }
            }
        }
        while (const auto ready = it.local.poll_ready()) {
            std::uint32_t written = 0;
            while (it.local.poll_transmit(*ready)) ++written;
            it.local.handle_written(now, *ready, written);
        }
        while (it.local.poll_event()) {}
        while (it.member.poll_event()) {}
        return moved;
    }

    bool hear(node& it) {
        if (it.coming.empty()) return false;
        const auto message = std::move(it.coming.front());
        it.coming.pop_front();
        it.received.add(message.bytes);
        it.member.handle_bus_message(now, message.channel, message.bytes);
        return true;
    }

    admission decision(std::size_t i, admission_id id) {
        settle();
        while (auto order = hub_of(i).poll_order()) {
            auto* const decided = get_if<hub_orders::admission_decided>(&*order);
            if (decided != nullptr && decided->id == id) return std::move(decided->outcome);
        }
        std::abort();
    }

    std::vector<std::unique_ptr<node>> nodes_;
};

} // namespace bench_nodes
