// SPDX-License-Identifier: MIT
#pragma once

#include "server_process.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace examples {

inline webpubsub::bus_channel group(std::string name) { return {webpubsub::bus_channel_kind::group, std::move(name)}; }

/// Writes down what a broker tells.
struct recorder final : bus_listener {
    struct message {
        webpubsub::bus_channel channel;
        std::string bytes;
        friend bool operator==(const message&, const message&) = default;
    };
    std::vector<message> messages;
    std::vector<webpubsub::bus_channel> subscribed;
    int lost = 0, connected = 0;
    /// Called after each of them was written down.
    std::function<void()> then = [] {};

    void handle_message(const webpubsub::bus_channel& channel, std::string_view bytes) override {
        messages.push_back({channel, std::string(bytes)});
        then();
    }
    void handle_subscribed(const webpubsub::bus_channel& channel) override { subscribed.push_back(channel), then(); }
    void handle_lost() override { ++lost, then(); }
    void handle_connected() override { ++connected, then(); }

    std::size_t heard() const {
        return messages.size() + subscribed.size() + static_cast<std::size_t>(lost + connected);
    }
};

/// A member of a hub on a broker.
struct bus_member {
    recorder heard;
    std::unique_ptr<broker> link;

    bus_member(boost::asio::io_context& io, unsigned short port, broker_options options)
        : link(tested_kind.make(io, heard, std::move(options), port)) {}
};

/// A server, and an event loop that runs while something is waited for.
struct broker_scene {
    boost::asio::io_context io;
    server_process server;

    std::unique_ptr<bus_member> member(std::string hub = "hub", broker_options options = {}) {
        options.prefix = "test";
        options.hub = std::move(hub);
        return std::make_unique<bus_member>(io, server.port(), std::move(options));
    }
    /// Null if it does not come to a connection.
    std::unique_ptr<bus_member> connected_member(std::string hub = "hub", broker_options options = {}) {
        auto made = member(std::move(hub), std::move(options));
        made->link->start();
        return run_until([&] { return made->heard.connected == 1; }) ? std::move(made) : nullptr;
    }
    bool subscribe(bus_member& who, const webpubsub::bus_channel& channel) {
        const auto before = who.heard.subscribed.size();
        who.link->subscribe(channel);
        return run_until([&] { return who.heard.subscribed.size() > before; }) &&
               who.heard.subscribed.back() == channel;
    }
    bool run_until(const std::function<bool()>& done, std::chrono::milliseconds patience = std::chrono::seconds(20)) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!done()) {
            if (std::chrono::steady_clock::now() > end) return false;
            io.restart();
            io.run_one_for(std::chrono::milliseconds(20));
        }
        return true;
    }
    /// Whether something that takes its time to go wrong has not done so by then.
    void run_for(std::chrono::milliseconds time) {
        run_until([] { return false; }, time);
    }
};

} // namespace examples
