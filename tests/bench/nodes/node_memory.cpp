// SPDX-License-Identifier: MIT
#include "in_memory.hpp"

#include <webpubsub/cluster/cluster_member.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/hub/hub.hpp>

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace bench_nodes {

namespace {

using namespace webpubsub;

/// Of the heap, in use.
std::size_t memory() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// A hub whose connections have read their first frame, alone or beside a member whose bus confirms everything at once.
class populated_node {
public:
    explicit populated_node(bool is_clustered)
        : local_(all_service_codecs(), is_clustered ? node_options({}, {}) : hub_options(), random()) {
        if (!is_clustered) return;
        member_.emplace(cluster_member::make(local_, "0001", {}, random()).value());
        member_->handle_bus_connected(now_);
        settle();
    }

    void connect(std::string user, std::vector<std::string> groups) {
        connect_request request;
        request.user_id = std::move(user);
        request.groups = std::move(groups);
        request.subprotocols = {"json.webpubsub.azure.v1"};
        outcome_ = local_.admit(now_, std::move(request));
        settle();
        local_.handle_opened(now_, get<accepted>(outcome_).transport);
        settle();
    }

    std::size_t subscriptions() const { return member_ ? member_->channel_count() : 0; }

private:
    void settle() {
        for (bool moved = true; std::exchange(moved, false);) {
            while (const auto order = member_ ? member_->poll_bus(now_) : polled<bus_order>()) {
                const auto* const subscribe = get_if<bus_orders::subscribe>(&*order);
                if (subscribe != nullptr) member_->handle_bus_subscribed(now_, subscribe->channel);
                moved = true;
            }
            while (auto order = local_.poll_order()) {
                if (auto* const it = get_if<hub_orders::admission_decided>(&*order)) outcome_ = std::move(it->outcome);
            }
            while (const auto ready = local_.poll_ready()) {
                std::uint32_t written = 0;
                while (local_.poll_transmit(*ready)) ++written;
                local_.handle_written(now_, *ready, written);
            }
            while (local_.poll_event()) {}
        }
    }

    secure_random random() {
        return {&engine_, [](void* context, unsigned char* bytes, std::size_t size) {
                    auto& source = *static_cast<std::mt19937_64*>(context);
                    std::generate_n(bytes, size, [&] { return static_cast<unsigned char>(source()); });
                }};
    }

    instant now_{};
    std::mt19937_64 engine_{1};
    hub local_;
    std::optional<cluster_member> member_;
    admission outcome_;
};

struct population {
    const char* what;
    bool has_user;
    /// How many connections have their two groups in common; 0 for none that are in a group.
    std::size_t members;
};

void measure(const population& of) {
    constexpr std::size_t connections = 50'000;
    std::size_t subscriptions = 0;
    for (const bool is_clustered : {false, true}) {
        const auto before = memory();
        populated_node node(is_clustered);
        for (std::size_t i = 0; i < connections; ++i) {
            std::vector<std::string> groups;
            if (of.members != 0) {
                const auto number = std::to_string(i / of.members);
                groups = {"one group " + number, "another group " + number};
            }
            node.connect(of.has_user ? "user " + std::to_string(i) : std::string(), std::move(groups));
        }
        subscriptions = node.subscriptions();
        std::printf("%12.0f", static_cast<double>(memory() - before) / connections);
    }
    std::printf("%15zu   %s\n", subscriptions, of.what);
}

} // namespace

void print_memory() {
    std::printf("\nheap of a node with 50 000 connections of clients that speak JSON, bytes for each of them\n"
                "   hub alone with member  subscriptions\n");
    measure({"anonymous, in no group", false, 0});
    measure({"a user each, in two groups of 100", true, 100});
    measure({"a user each, in two groups of its own", true, 1});
}

} // namespace bench_nodes
