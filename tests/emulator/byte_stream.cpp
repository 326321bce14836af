// SPDX-License-Identifier: MIT
#include "byte_stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <optional>

namespace emulator {

struct byte_stream::tls_stream : net::ssl::stream<tcp_socket&> {
    using stream::stream;
};

namespace {

/// Two bytes of header, two of the code (RFC 6455 section 5.5.1).
constexpr std::size_t bare_close_size = 4;

std::optional<std::uint16_t> bare_close_code(const buffer_list<net::const_buffer>& buffers) {
    if (net::buffer_size(buffers) != bare_close_size) return std::nullopt;
    std::array<unsigned char, bare_close_size> bytes{};
    net::buffer_copy(net::buffer(bytes), buffers);
    if (bytes[0] != 0x88 || bytes[1] != 2) return std::nullopt;
    return static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]);
}

std::string close_frame(std::uint16_t code, const std::string& reason) {
    std::string frame{static_cast<char>(0x88), static_cast<char>(2 + reason.size()), static_cast<char>(code >> 8),
                      static_cast<char>(code & 0xFF)};
    return frame + reason;
}

} // namespace

byte_stream::byte_stream(tcp_socket socket, net::ssl::context* tls) : socket_(std::move(socket)) {
    if (tls != nullptr) tls_ = std::make_unique<tls_stream>(socket_, *tls);
}

byte_stream::~byte_stream() = default;

void byte_stream::start_handshake(io_handler done) {
    if (tls_) {
        tls_->async_handshake(net::ssl::stream_base::server, std::move(done));
    } else {
        net::post(get_executor(), [done = std::move(done)]() mutable { done({}); });
    }
}

void byte_stream::start_read(const buffer_list<net::mutable_buffer>& buffers, io_handler done) {
    if (tls_) {
        tls_->async_read_some(buffers, std::move(done));
    } else {
        socket_.async_read_some(buffers, std::move(done));
    }
}

void byte_stream::start_write(const buffer_list<net::const_buffer>& buffers, io_handler done) {
    if (const auto code = reason_of_ ? bare_close_code(buffers) : std::nullopt) {
        const auto* const frame = static_cast<const char*>(buffers.begin()->data());
        if (const auto reason = reason_of_(*code, frame); !reason.empty()) {
            close_frame_ = close_frame(*code, reason);
            net::async_write(
                *this, net::buffer(close_frame_),
                [done = std::move(done)](error_code ec, std::size_t) mutable { done(ec, ec ? 0 : bare_close_size); });
            return;
        }
    }
    if (tls_) {
        tls_->async_write_some(buffers, std::move(done));
    } else {
        socket_.async_write_some(buffers, std::move(done));
    }
}

void byte_stream::start_teardown(io_handler done) {
    using boost::beast::async_teardown;
    using boost::beast::websocket::async_teardown;
    if (tls_) {
        async_teardown(boost::beast::role_type::server, static_cast<net::ssl::stream<tcp_socket&>&>(*tls_),
                       std::move(done));
    } else {
        async_teardown(boost::beast::role_type::server, socket_, std::move(done));
    }
}

} // namespace emulator
