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
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace boost::asio::ssl {
class context;
}
struct ssl_st;

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

/// A sequence of a few buffers to read into, as one type; of a longer one its beginning.
class read_buffers {
public:
    using value_type = net::mutable_buffer;
    using const_iterator = const net::mutable_buffer*;

    template <class Buffers>
    explicit read_buffers(const Buffers& buffers) {
        auto end = net::buffer_sequence_end(buffers);
        for (auto it = net::buffer_sequence_begin(buffers); it != end && size_ < buffers_.size(); ++it) {
            buffers_[size_++] = *it;
        }
    }

    const_iterator begin() const { return buffers_.data(); }
    const_iterator end() const { return buffers_.data() + size_; }

private:
    std::array<net::mutable_buffer, 4> buffers_;
    std::size_t size_ = 0;
};

/// A sequence of buffers to write, as one type.
using write_buffers = std::vector<net::const_buffer>;

/// A connection on its way from one event loop to another. Its socket is the other's already.
struct moved_connection {
    struct tls_end {
        void operator()(ssl_st* ended) const;
    };

    tcp_socket socket;
    /// Null without TLS.
    std::unique_ptr<ssl_st, tls_end> tls;
};

/// A TCP connection with or without TLS as one type, with operations that are compiled once: what Beast puts on top of
/// them is long enough to compile.
///
/// Any number of writes may be started at a time: they are done one after the other, each as a whole. So frames can be
/// written past Beast, between those that it writes by itself.
///
/// One close frame goes out, and there are three reasons not to leave it to Beast. When Beast can't read what came in,
/// it closes with a code and nothing else, at once, where the hub may have something to say before and names a reason
/// with each code. It does not know the code 1014 (see close_codes.hpp). And when it is told to close while it reads a
/// frame that it can't take, it waits for itself.
class byte_stream {
public:
    using executor_type = tcp_socket::executor_type;
    /// Called when Beast is about to write a close frame without a reason. If it returns true, the frame waits for
    /// `write_close`.
    using close_gate = std::function<bool(std::uint16_t code)>;

    /// Without TLS where it is null.
    byte_stream(tcp_socket socket, net::ssl::context* tls);
    /// Goes on where `move_to` has ended.
    explicit byte_stream(moved_connection&& from);

    /// Leaves the connection to a stream on another event loop, of another thread. Nothing may be under way here, not
    /// even the call of a handler, and nothing comes afterwards. Nothing is moved where the peer has sent more than was
    /// read.
    std::optional<moved_connection> move_to(net::io_context& other);

    executor_type get_executor() { return next_layer().get_executor(); }
    tcp_socket& next_layer();

    /// What is read and written from now on are frames.
    void start_frames(close_gate gate);

    /// Writes a close frame, in place of the one that waits if there is one. What Beast writes from then on counts as
    /// written, and is left out.
    void write_close(std::uint16_t code, const std::string& reason);

    /// Closes the socket. What is under way ends with an error, the frame that waits as well.
    void close();

    /// The code of the close frame that has come from the client, of which Beast says that it was `seen`.
    std::uint16_t peers_close_code(std::uint16_t seen) const;

    /// The handshake of TLS; nothing is done without.
    template <class Handler>
    void async_handshake(Handler&& handler) {
        start_handshake(io_handler(std::forward<Handler>(handler)));
    }

    /// The handshake of TLS as a client, of a server whose certificate has to name this host.
    template <class Handler>
    void async_handshake_with(const std::string& host, Handler&& handler) {
        start_client_handshake(host, io_handler(std::forward<Handler>(handler)));
    }

    template <class Buffers, class Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        start_read(read_buffers(buffers), io_handler(std::forward<Handler>(handler)));
    }

    /// Writes all of it, as everything here does.
    template <class Buffers, class Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        start_write(write_buffers(net::buffer_sequence_begin(buffers), net::buffer_sequence_end(buffers)),
                    io_handler(std::forward<Handler>(handler)));
    }

    /// The same for whole frames that are not Beast's.
    template <class Handler>
    void async_write_frames(write_buffers frames, Handler&& handler) {
        start_write_frames(std::move(frames), io_handler(std::forward<Handler>(handler)));
    }

    /// After everything that is to be written was written.
    template <class Handler>
    friend void async_teardown(boost::beast::role_type, byte_stream& stream, Handler&& handler) {
        stream.start_teardown(io_handler(std::forward<Handler>(handler)));
    }

private:
    class connection;

    void start_handshake(io_handler done);
    void start_client_handshake(const std::string& host, io_handler done);
    void start_read(const read_buffers& buffers, io_handler done);
    void start_write(write_buffers buffers, io_handler done);
    void start_write_frames(write_buffers frames, io_handler done);
    void start_teardown(io_handler done);

    /// Shared with what is under way.
    std::shared_ptr<connection> connection_;
};

} // namespace emulator
