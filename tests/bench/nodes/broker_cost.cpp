// SPDX-License-Identifier: MIT
#include "broker_cost.hpp"

#include "nodes/connection.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench_nodes {

namespace {

/// What is said to a broker and by it.
struct protocol {
    std::string subscribe;
    std::string subscribed;
    std::string publish;
    std::string published;
    std::string message;
};

/// A text as Redis has it.
std::string bulk(std::string_view text) {
    std::string out = "$" + std::to_string(text.size()) + "\r\n";
    return out.append(text).append("\r\n");
}

protocol protocol_of(broker_kind kind, std::size_t subscribers) {
    // As long as a publication of 100 bytes is on the bus.
    const std::string data(129, 'x');
    const std::string name(group);
    if (kind == broker_kind::redis) {
        return {"*2\r\n" + bulk("SUBSCRIBE") + bulk(name), "*3\r\n" + bulk("subscribe") + bulk(name) + ":1\r\n",
                "*3\r\n" + bulk("PUBLISH") + bulk(name) + bulk(data), ":" + std::to_string(subscribers) + "\r\n",
                "*3\r\n" + bulk("message") + bulk(name) + bulk(data)};
    }
    const auto size = std::to_string(data.size());
    return {"SUB " + name + " 1\r\nPING\r\n", "PONG\r\n", "PUB " + name + " " + size + "\r\n" + data + "\r\n", "",
            "MSG " + name + " 1 " + size + "\r\n" + data + "\r\n"};
}

class broker_client {
public:
    broker_client(broker_kind kind, unsigned short port, const protocol& says)
        : kind_(kind), says_(says), socket_(port) {
        if (kind == broker_kind::nats) socket_.send("CONNECT {\"verbose\":false,\"pedantic\":false}\r\n");
    }

    void subscribe() {
        socket_.send(says_.subscribe);
        while (kind_ == broker_kind::nats ? nats_.pongs == 0 : bytes_ < says_.subscribed.size()) receive();
        bytes_ = 0;
    }
    void publish(std::string_view batch, std::size_t count) {
        socket_.send(batch);
        const auto end = bytes_ + count * says_.published.size();
        while (bytes_ < end) receive();
    }
    void wait_for(std::uint64_t messages) {
        while (kind_ == broker_kind::nats ? nats_.messages < messages : bytes_ < messages * says_.message.size()) {
            receive();
        }
    }

private:
    void receive() {
        socket_.wait();
        const auto bytes = socket_.receive();
        if (kind_ == broker_kind::nats) {
            nats_.read(bytes);
        } else {
            bytes_ += bytes.size();
        }
    }

    broker_kind kind_;
    const protocol& says_;
    tcp_socket socket_;
    nats_reader nats_;
    /// What Redis has said has a known length.
    std::uint64_t bytes_ = 0;
};

} // namespace

double measure_broker(broker_kind kind, std::size_t subscribers, std::size_t at_a_time) {
    constexpr std::size_t publications = 5'000;
    const auto broker = deployment::over(kind, 0);
    const auto says = protocol_of(kind, subscribers);
    std::vector<std::unique_ptr<broker_client>> clients;
    for (std::size_t i = 0; i < subscribers; ++i) {
        clients.push_back(std::make_unique<broker_client>(kind, broker.broker_port(), says));
        clients.back()->subscribe();
    }
    broker_client publisher(kind, broker.broker_port(), says);
    std::string batch;
    for (std::size_t i = 0; i < at_a_time; ++i) batch += says.publish;
    const auto begin = broker.broker_cpu_seconds();
    for (std::size_t sent = at_a_time; sent <= publications; sent += at_a_time) {
        publisher.publish(batch, at_a_time);
        for (const auto& each : clients) each->wait_for(sent);
    }
    return (broker.broker_cpu_seconds() - begin) / static_cast<double>(publications * subscribers);
}

} // namespace bench_nodes
