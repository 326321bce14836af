// SPDX-License-Identifier: MIT
#pragma once

#include "nodes/connection.hpp"
#include "nodes/deployment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench_nodes {

struct fan_out_shape {
    /// Spread evenly over the nodes, like the publishers.
    std::size_t subscribers = 300;
    std::size_t publishers = 6;
    /// Of each publisher, until every subscriber has them.
    std::size_t messages_in_flight = 16;
    std::size_t data_size = 100;
};

struct fan_out_rate {
    double deliveries_a_second = 0;
    /// The CPU time of one delivery in seconds.
    double node_cpu = 0;
    double broker_cpu = 0;
    double client_cpu = 0;
    /// The broker's CPU time of one publication, to all nodes, in seconds.
    double broker_cpu_of_publication = 0;
};

/// Clients that send to a group as fast as all of its members get it.
class fan_out {
public:
    fan_out(const deployment& servers, const fan_out_shape& shape);
    fan_out(const fan_out&) = delete;
    fan_out& operator=(const fan_out&) = delete;
    ~fan_out();

    /// Throws `std::runtime_error` if a subscriber does not get every message once.
    fan_out_rate run(std::chrono::duration<double> warm_up, std::chrono::duration<double> measured);

private:
    struct sums {
        double seconds;
        std::uint64_t deliveries;
        std::uint64_t published;
        double node_cpu;
        double broker_cpu;
        double client_cpu;
    };

    sums sum() const;
    void publish();
    /// Publishes what may be in flight until then.
    void go_on(std::chrono::steady_clock::time_point end);
    void receive();
    void check();
    std::uint64_t fewest() const;

    const deployment& servers_;
    fan_out_shape shape_;
    std::string frame_;
    std::vector<std::unique_ptr<connection>> subscribers_;
    std::vector<std::unique_ptr<connection>> publishers_;
    int epoll_;
    std::uint64_t published_ = 0;
};

} // namespace bench_nodes
