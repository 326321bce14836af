// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace boost::asio::ssl {
class context;
}

namespace emulator {

namespace net = boost::asio;
using boost::system::error_code;
using tcp_socket = net::basic_stream_socket<net::ip::tcp, net::io_context::executor_type>;

/// The handler of a read or a write as one type, for `byte_stream`.
class io_handler {
public:
    template <class Handler>
    explicit io_handler(Handler&& handler)
        : held_(std::make_unique<holder<std::decay_t<Handler>>>(std::forward<Handler>(handler))) {}

    void operator()(error_code ec, std::size_t size = 0) { std::exchange(held_, nullptr)->call(ec, size); }

private:
    struct base {
        virtual ~base() = default;
        virtual void call(error_code ec, std::size_t size) = 0;
    };
    template <class Handler>
    struct holder final : base {
        template <class H>
        explicit holder(H&& h) : handler(std::forward<H>(h)) {}
        void call(error_code ec, std::size_t size) override {
            if constexpr (std::is_invocable_v<Handler&, error_code, std::size_t>) {
                handler(ec, size);
            } else {
                handler(ec);
            }
        }
        Handler handler;
    };

    std::unique_ptr<base> held_;
};

/// A sequence of a few buffers as one type; of a longer one its beginning.
template <class Buffer>
class buffer_list {
public:
    using value_type = Buffer;
    using const_iterator = const Buffer*;

    template <class Buffers>
    explicit buffer_list(const Buffers& buffers) {
        auto end = net::buffer_sequence_end(buffers);
        for (auto it = net::buffer_sequence_begin(buffers); it != end && size_ < buffers_.size(); ++it) {
            buffers_[size_++] = *it;
        }
    }

    const_iterator begin() const { return buffers_.data(); }
    const_iterator end() const { return buffers_.data() + size_; }

private:
    std::array<Buffer, 4> buffers_;
    std::size_t size_ = 0;
};

class flush_turns;

/// A TCP connection with or without TLS as one type, with operations that are compiled once: what Beast puts on top of
/// them is long enough to compile.
///
/// What is short counts as written when it is held here, and is sent with what comes soon after it: one call of the
/// system for many messages. What is long is sent from where it is, behind what is held. A peer that does not read
/// leaves at most two times `max_held` here; then writing waits.
///
/// It also lets Beast's own close frames have a reason. When Beast can't read what came in, it closes with a code and
/// nothing else; the service names a reason with each code.
class byte_stream {
public:
    using executor_type = tcp_socket::executor_type;
    /// Called when something is about to be written that looks like a close frame without a reason; returns the reason,
    /// or nothing to leave it alone.
    using close_reason_source = std::function<std::string(std::uint16_t code, const char* frame)>;

    static constexpr std::size_t max_short = 4 * 1024;
    static constexpr std::size_t max_held = 16 * 1024;

    /// Without TLS where it is null.
    byte_stream(tcp_socket socket, net::ssl::context* tls, flush_turns& turns);

    executor_type get_executor() { return next_layer().get_executor(); }
    tcp_socket& next_layer();

    void give_close_reasons(close_reason_source source) { reason_of_ = std::move(source); }

    /// The handshake of TLS; nothing is done without.
    template <class Handler>
    void async_handshake(Handler&& handler) {
        start_handshake(io_handler(std::forward<Handler>(handler)));
    }

    template <class Buffers, class Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        start_read(buffer_list<net::mutable_buffer>(buffers), io_handler(std::forward<Handler>(handler)));
    }

    template <class Buffers, class Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        start_write(buffer_list<net::const_buffer>(buffers), io_handler(std::forward<Handler>(handler)));
    }

    /// After everything that is held was sent.
    template <class Handler>
    friend void async_teardown(boost::beast::role_type, byte_stream& stream, Handler&& handler) {
        stream.start_teardown(io_handler(std::forward<Handler>(handler)));
    }

private:
    class connection;

    void start_handshake(io_handler done);
    void start_read(const buffer_list<net::mutable_buffer>& buffers, io_handler done);
    void start_write(const buffer_list<net::const_buffer>& buffers, io_handler done);
    void start_teardown(io_handler done);

    /// Shared with what is under way.
    std::shared_ptr<connection> connection_;
    close_reason_source reason_of_;
    std::string close_frame_;
};

} // namespace emulator
