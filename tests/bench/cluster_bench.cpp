// SPDX-License-Identifier: MIT

// One hub on several nodes: emulators over Redis and over NATS, with a fan-out to a group as fast as its members get
// it, and the time that one message takes; beside one emulator without a broker, and nats-server, whose clients reach
// each other over WebSocket by themselves. Then what does without sockets: how many bus messages a publication is, and
// what heartbeats and memory a node costs. Everything of a measurement runs on this machine and shares its processors.

#include "nodes/broker_cost.hpp"
#include "nodes/deployment.hpp"
#include "nodes/fan_out.hpp"
#include "nodes/in_memory.hpp"
#include "nodes/latency.hpp"
#include "nodes/processor_time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace bench_nodes;
using namespace std::chrono_literals;

constexpr int rounds = 4;
constexpr std::size_t latency_messages = 600;

struct contender {
    std::string name;
    std::function<deployment()> start;
    fan_out_rate best{};
    fan_out_rate worst{};
    /// Why there is no number.
    std::string failure{};

    void measure(const fan_out_shape& shape) {
        if (!failure.empty()) return;
        try {
            const auto servers = start();
            const auto rate = fan_out(servers, shape).run(200ms, 700ms);
            if (rate.deliveries_a_second > best.deliveries_a_second) best = rate;
            if (worst.deliveries_a_second == 0 || rate.deliveries_a_second < worst.deliveries_a_second) worst = rate;
        } catch (const std::exception& what) {
            failure = what.what();
        }
    }
};

std::vector<contender> without_broker() {
    return {{"nats-server alone, over WebSocket", deployment::nats_websocket},
            {"1 emulator alone", [] { return deployment::alone(); }}};
}

std::vector<contender> contenders() {
    auto all = without_broker();
    if (emulator_knows("--threads")) {
        for (const auto* const threads : {"1", "2"}) {
            all.push_back({std::string("1 emulator alone with --threads ") + threads, [threads] {
                               return deployment::alone({"--threads", threads});
                           }});
        }
    } else {
        std::printf("LEFT OUT: the emulator has no option --threads\n");
    }
    for (const auto kind : {broker_kind::redis, broker_kind::nats}) {
        for (const std::size_t nodes : {1u, 2u, 3u}) {
            const auto* const many = nodes == 1 ? " emulator over " : " emulators over ";
            all.push_back({std::to_string(nodes) + many + (kind == broker_kind::redis ? "Redis" : "NATS"),
                           [kind, nodes] { return deployment::over(kind, nodes); }});
        }
    }
    return all;
}

/// By turns, so that what else the machine does hits all of them.
void compare_fan_out(const fan_out_shape& shape, std::vector<contender> all) {
    const processor_time processors;
    for (int round = 0; round < rounds; ++round) {
        for (auto& each : all) each.measure(shape);
    }
    std::printf("\nfan-out to a group of %zu subscribers, %zu publishers with %zu in flight each, of %zu bytes;\n"
                "the best of %d rounds, in which every subscriber got every message once; other programs took %.2f\n"
                "processors meanwhile\n"
                "   deliveries a second, ratio  processors  CPU of a delivery in microseconds: of a publication:\n"
                "      best     worst                taken  servers, broker, ratio   clients           broker\n",
                shape.subscribers, shape.publishers, shape.messages_in_flight, shape.data_size, rounds,
                processors.by_others());
    const auto& theirs = all.front().best;
    for (const auto& each : all) {
        if (!each.failure.empty()) {
            std::printf("  no number, because of: %s   %s\n", each.failure.c_str(), each.name.c_str());
            continue;
        }
        const auto& rate = each.best;
        const auto served = rate.node_cpu + rate.broker_cpu;
        std::printf("%10.0f %9.0f %6.2f %11.2f %8.2f %7.2f %6.2f %9.2f %16.1f   %s\n", rate.deliveries_a_second,
                    each.worst.deliveries_a_second, rate.deliveries_a_second / theirs.deliveries_a_second,
                    (served + rate.client_cpu) * rate.deliveries_a_second, rate.node_cpu * 1e6, rate.broker_cpu * 1e6,
                    served / theirs.node_cpu, rate.client_cpu * 1e6, rate.broker_cpu_of_publication * 1e6,
                    each.name.c_str());
    }
}

struct delayed {
    const char* name;
    std::function<deployment()> start;
    /// By node, of the round with the smallest median.
    std::vector<latency> best{};
    std::string failure{};

    void measure() {
        if (!failure.empty()) return;
        try {
            const auto measured = measure_latency(start(), latency_messages, fan_out_shape().data_size);
            if (best.empty()) best = measured;
            for (std::size_t i = 0; i < best.size(); ++i) {
                if (measured[i].median < best[i].median) best[i] = measured[i];
            }
        } catch (const std::exception& what) {
            failure = what.what();
        }
    }
};

void compare_latency() {
    std::vector<delayed> all{{"nats-server alone, over WebSocket", deployment::nats_websocket},
                             {"1 emulator alone", [] { return deployment::alone(); }},
                             {"2 emulators over Redis", [] { return deployment::over(broker_kind::redis, 2); }},
                             {"2 emulators over NATS", [] { return deployment::over(broker_kind::nats, 2); }}};
    const processor_time processors;
    for (int round = 0; round < rounds; ++round) {
        for (auto& each : all) each.measure();
    }
    std::printf(
        "\nfrom sending to arrival in microseconds, one message of 100 bytes at a time; the best of %d rounds of %zu;\n"
        "other programs took %.2f processors meanwhile\n"
        "   subscriber of    subscriber of\n"
        "   the same node    another node\n"
        "   median    99%%     median    99%%\n",
        rounds, latency_messages, processors.by_others());
    for (const auto& each : all) {
        if (!each.failure.empty()) {
            std::printf("  no number, because of: %s   %s\n", each.failure.c_str(), each.name);
            continue;
        }
        std::printf("%9.0f %6.0f", each.best[0].median, each.best[0].percentile_99);
        if (each.best.size() > 1) {
            std::printf(" %10.0f %6.0f", each.best[1].median, each.best[1].percentile_99);
        } else {
            std::printf("%18s", "");
        }
        std::printf("   %s\n", each.name);
    }
}

void print_broker_cost() {
    constexpr std::size_t nodes = 20;
    std::printf("\nwhat a broker by itself passes on in a second of one processor, each publication to %zu nodes\n"
                "  one at a time  50 at a time\n",
                nodes);
    for (const auto kind : {broker_kind::redis, broker_kind::nats}) {
        const auto* const name = kind == broker_kind::redis ? "Redis" : "NATS";
        try {
            const auto one = measure_broker(kind, nodes, 1);
            const auto many = measure_broker(kind, nodes, 50);
            std::printf("%15.0f %13.0f   %s\n", 1 / one, 1 / many, name);
        } catch (const std::exception& failure) {
            std::printf("  no number, because of: %s   %s\n", failure.what(), name);
        }
    }
}

} // namespace

int main() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::printf("%u processors, which servers, brokers and this program share\n", std::thread::hardware_concurrency());
    compare_fan_out({}, contenders());
    compare_fan_out({.messages_in_flight = 1}, without_broker());
    compare_latency();
    print_broker_cost();
    print_bus_messages();
    print_heartbeats();
    print_memory();
}
