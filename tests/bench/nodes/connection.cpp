// SPDX-License-Identifier: MIT
#include "connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace bench_nodes {

namespace {

constexpr unsigned text_opcode = 1;
constexpr unsigned binary_opcode = 2;
/// How long a server may be silent when something must come.
constexpr int patience_ms = 10'000;

/// A client's frame, which has to be masked.
std::string frame(unsigned opcode, std::string_view payload) {
    constexpr std::array<unsigned char, 4> mask{0x5A, 0xC3, 0x17, 0x88};
    std::string out{static_cast<char>(0x80u | opcode)};
    if (payload.size() < 126) {
        out.push_back(static_cast<char>(0x80u | payload.size()));
    } else {
        out.push_back(static_cast<char>(0x80u | 126u));
        out.push_back(static_cast<char>(payload.size() >> 8));
        out.push_back(static_cast<char>(payload.size() & 0xFFu));
    }
    for (const auto each : mask) out.push_back(static_cast<char>(each));
    for (std::size_t i = 0; i < payload.size(); ++i) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i % mask.size()]));
    }
    return out;
}

} // namespace

tcp_socket::tcp_socket(unsigned short port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(descriptor_);
        throw std::runtime_error("nobody listens on port " + std::to_string(port));
    }
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

tcp_socket::tcp_socket(tcp_socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

tcp_socket::~tcp_socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void tcp_socket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) throw std::runtime_error("a connection is lost");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string_view tcp_socket::receive() {
    static std::array<char, std::size_t{64} << 10> buffer;
    const auto size = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size > 0) return {buffer.data(), static_cast<std::size_t>(size)};
    if (size < 0 && errno == EAGAIN) return {};
    throw std::runtime_error("a connection is lost");
}

void tcp_socket::wait() {
    pollfd waited{descriptor_, POLLIN, 0};
    if (::poll(&waited, 1, patience_ms) != 1) throw std::runtime_error("a server says nothing");
}

connection::connection(const door& to, client_role role) : spoken_(to.spoken), socket_(to.port) {
    upgrade(to, role == client_role::subscriber ? to.subscriber_target : to.publisher_target);
    if (spoken_ == dialect::nats) {
        subscribe_at_nats(role);
    } else {
        wait_for_message();
    }
    greetings_ = messages_;
}

void connection::upgrade(const door& to, std::string_view target) {
    std::string request = "GET ";
    request.append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1:").append(std::to_string(to.port));
    request += "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    if (spoken_ == dialect::webpubsub) request += "Sec-WebSocket-Protocol: json.webpubsub.azure.v1\r\n";
    socket_.send(request += "\r\n");
    std::string answer;
    for (auto end = std::string::npos; end == std::string::npos; end = answer.find("\r\n\r\n")) {
        socket_.wait();
        answer += socket_.receive();
    }
    if (!answer.starts_with("HTTP/1.1 101 ")) throw std::runtime_error(answer.substr(0, answer.find('\r')));
    count(std::string_view(answer).substr(answer.find("\r\n\r\n") + 4));
}

void connection::subscribe_at_nats(client_role role) {
    std::string said = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";
    if (role == client_role::subscriber) said.append("SUB ").append(group).append(" 1\r\n");
    send(frame(binary_opcode, said += "PING\r\n"));
    while (nats_.pongs == 0) {
        wait();
        receive();
    }
}

void connection::wait_for_message() {
    while (messages_ == 0) {
        wait();
        receive();
    }
}

void connection::receive() { count(socket_.receive()); }

void connection::count(std::string_view bytes) {
    if (spoken_ == dialect::webpubsub) {
        frames_.read(
            bytes, [](unsigned, std::string_view) {},
            [&](unsigned opcode) { messages_ += opcode < frame_reader::close; });
        return;
    }
    frames_.read(
        bytes,
        [&](unsigned opcode, std::string_view piece) {
            if (opcode < frame_reader::close) nats_.read(piece);
        },
        [](unsigned) {});
    messages_ = nats_.messages;
    for (; nats_.pings != 0; --nats_.pings) send(frame(binary_opcode, "PONG\r\n"));
}

std::string publication(dialect spoken, std::size_t size) {
    const std::string data(size, 'x');
    std::string said;
    if (spoken == dialect::nats) {
        said.append("PUB ").append(group).append(" ").append(std::to_string(size)).append("\r\n");
        return frame(binary_opcode, said.append(data).append("\r\n"));
    }
    said.append(R"({"type":"sendToGroup","group":")").append(group);
    return frame(text_opcode, said.append(R"(","dataType":"text","data":")").append(data).append(R"("})"));
}

} // namespace bench_nodes
