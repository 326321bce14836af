// SPDX-License-Identifier: MIT
#pragma once

#include "nodes/child_process.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench_nodes {

/// What clients speak inside of WebSocket frames.
enum class dialect { webpubsub, nats };

/// Where clients of one node connect.
struct door {
    dialect spoken = dialect::webpubsub;
    unsigned short port = 0;
    /// What is asked for in the upgrade requests of the two kinds of clients.
    std::string subscriber_target{};
    std::string publisher_target{};
};

enum class broker_kind { redis, nats };

/// The group, and the subject, of all messages.
inline constexpr std::string_view group = "bench";

/// Servers that have been started for one measurement, and end with it. Each function that makes one throws
/// `std::runtime_error` with what is missing if it can't.
class deployment {
public:
    /// One emulator without a broker, with more options.
    static deployment alone(const std::vector<std::string>& options = {});
    /// Emulators that share a broker, which is started for them.
    static deployment over(broker_kind kind, std::size_t nodes);
    /// A NATS server that clients reach by WebSocket, without any emulator.
    static deployment nats_websocket();

    const std::vector<door>& doors() const { return doors_; }
    unsigned short broker_port() const { return broker_port_; }
    /// The CPU time of what clients connect to, and that of the broker behind it.
    double node_cpu_seconds() const;
    double broker_cpu_seconds() const;

private:
    /// A folder for what the servers write and read.
    class folder;

    void add_emulator(std::vector<std::string> options);

    std::shared_ptr<const folder> folder_;
    std::unique_ptr<child_process> broker_;
    unsigned short broker_port_ = 0;
    std::vector<std::unique_ptr<child_process>> nodes_;
    std::vector<door> doors_;
};

/// Whether the emulator has the option, by what it prints about itself.
bool emulator_knows(std::string_view option);

} // namespace bench_nodes
