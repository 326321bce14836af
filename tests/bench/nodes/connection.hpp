// SPDX-License-Identifier: MIT
#pragma once

#include "nodes/deployment.hpp"
#include "nodes/frame_reader.hpp"
#include "nodes/nats_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench_nodes {

/// A connection to a port of 127.0.0.1; it throws `std::runtime_error` when it is lost.
class tcp_socket {
public:
    explicit tcp_socket(unsigned short port);
    tcp_socket(tcp_socket&& other) noexcept;
    tcp_socket& operator=(tcp_socket&&) = delete;
    ~tcp_socket();

    int descriptor() const { return descriptor_; }
    void send(std::string_view bytes);
    /// What has come and fits into a buffer that all sockets share; empty if nothing has.
    std::string_view receive();
    /// Waits until something has come.
    void wait();

private:
    int descriptor_ = -1;
};

enum class client_role { subscriber, publisher };

/// A client over WebSocket that costs little: it counts messages and skips what is in them.
class connection {
public:
    /// Returns when the client is connected, and as a subscriber when the server has said that it is subscribed.
    connection(const door& to, client_role role);

    int descriptor() const { return socket_.descriptor(); }
    void send(std::string_view frame) { socket_.send(frame); }
    /// Counts what has come.
    void receive();
    void wait() { socket_.wait(); }
    /// The messages of the group up to now.
    std::uint64_t messages() const { return messages_ - greetings_; }

private:
    void upgrade(const door& to, std::string_view target);
    void subscribe_at_nats(client_role role);
    void count(std::string_view bytes);
    void wait_for_message();

    dialect spoken_;
    tcp_socket socket_;
    frame_reader frames_;
    nats_reader nats_;
    std::uint64_t messages_ = 0;
    std::uint64_t greetings_ = 0;
};

/// A frame that publishes a message with so many bytes of data to the group, ready to be sent again and again.
std::string publication(dialect spoken, std::size_t size);

} // namespace bench_nodes
