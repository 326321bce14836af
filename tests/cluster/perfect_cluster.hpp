// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/cluster_member.hpp>
#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/hub.hpp>

#include "cluster/simulated_bus.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cluster_tests {

using namespace webpubsub;

/// Nodes and a bus that loses nothing and takes no time.
class perfect_cluster {
public:
    struct node {
        hub local;
        cluster_member member;
        /// What it has said, until somebody takes it.
        std::deque<hub_order> orders{};
        std::deque<hub_event> events{};
        std::deque<cluster_events::answered> answers{};

        node(const std::vector<service_codec>& codecs, const hub_options& options, const secure_random& random,
             const std::string& place, const cluster_options& of_cluster)
            : local(codecs, options, random), member(*cluster_member::make(local, place, of_cluster, random)) {}
        node(const node&) = delete;
        node& operator=(const node&) = delete;
    };

    perfect_cluster(std::size_t count, const std::vector<service_codec>& codecs, const hub_options& options,
                    const secure_random& random, const cluster_options& of_cluster)
        : bus_(count) {
        for (std::size_t i = 0; i < count; ++i) {
            const auto place = "000" + std::to_string(i);
            nodes_.push_back(
                std::make_unique<node>(codecs, node_options(options, of_cluster), random, place, of_cluster));
        }
    }

    std::size_t size() const { return nodes_.size(); }
    node& operator[](std::size_t i) { return *nodes_[i]; }
    const node& operator[](std::size_t i) const { return *nodes_[i]; }

    /// The nodes do what it was time for: they say that they live, and drop what they don't need any more.
    void let_time_pass(instant now) {
        if (!now_) begin(now);
        for (auto due = next_deadline(); due && *due <= now.steady; due = next_deadline()) {
            const auto time = std::max(*due, now_->steady) - now_->steady;
            now_->steady += time;
            now_->wall += std::chrono::duration_cast<wall_time::duration>(time);
            for (const auto& each : nodes_) each->member.handle_timeout(*now_);
            settle();
        }
        now_ = now;
    }

    /// Everything arrives, and what comes of it.
    void settle() {
        for (bool moved = true; moved;) {
            moved = false;
            for (std::size_t i = 0; i < size(); ++i) {
                take_wishes(i);
                while (bus_.move_up(i)) moved = true;
            }
            for (std::size_t i = 0; i < size(); ++i) {
                while (const auto input = bus_.move_down(i)) hear(i, *input);
            }
        }
    }

private:
    void begin(instant now) {
        now_ = now;
        for (std::size_t i = 0; i < size(); ++i) {
            bus_.connect(i);
            nodes_[i]->member.handle_bus_connected(now);
        }
        settle();
    }

    std::optional<steady_time> next_deadline() const {
        std::optional<steady_time> next;
        for (const auto& each : nodes_) next = earlier(next, each->member.poll_timeout());
        return next;
    }

    void hear(std::size_t i, const simulated::bus_input& input) {
        auto& member = nodes_[i]->member;
        if (input.bytes) {
            member.handle_bus_message(*now_, input.channel, *input.bytes);
        } else {
            member.handle_bus_subscribed(*now_, input.channel);
        }
        take_wishes(i);
    }

    void take_wishes(std::size_t i) {
        auto& it = *nodes_[i];
        while (const auto order = it.member.poll_bus(*now_)) bus_.obey(i, *order);
        while (auto order = it.local.poll_order()) it.orders.push_back(std::move(*order));
        while (auto event = it.local.poll_event()) it.events.push_back(std::move(*event));
        while (const auto event = it.member.poll_event()) {
            if (const auto* const told = get_if<cluster_events::answered>(&*event)) {
                it.answers.push_back(*told);
            } else if (!holds_alternative<cluster_events::node_joined>(*event)) {
                throw std::logic_error("a node is unhappy with a perfect bus");
            }
        }
    }

    simulated::bus bus_;
    std::vector<std::unique_ptr<node>> nodes_;
    std::optional<instant> now_;
};

} // namespace cluster_tests
