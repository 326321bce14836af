// SPDX-License-Identifier: MIT
#pragma once

// This stream is what the client adaptors for Boost.Beast run on; copy the file along with them. It is a TCP connection
// with or without TLS as one type, and what Beast reads and writes through it is compiled once. Over a tcp_stream and
// an ssl::stream Beast would make everything twice, and the layers below once more for each of its own operations:
// three times as much to compile. It belongs to one thread, as the adaptors do.

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace examples {

class beast_stream {
public:
    using error_code = boost::system::error_code;
    using executor_type = boost::asio::io_context::executor_type;
    using socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor_type>;
    using resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, executor_type>;

    /// Without TLS where `tls` is null.
    beast_stream(boost::asio::io_context& io, boost::asio::ssl::context* tls) : socket_(io) {
        if (tls != nullptr) tls_.emplace(socket_, *tls);
    }

    executor_type get_executor() { return socket_.get_executor(); }
    socket& next_layer() { return socket_; }

    /// Connects to one of the endpoints. With TLS it then shakes hands with `host` and verifies its certificate.
    /// `token` stands for a handler of (error_code); the stream lives until that is called.
    template <class Token>
    auto async_connect(const resolver::results_type& endpoints, const std::string& host, Token&& token) {
        return boost::asio::async_initiate<Token, void(error_code)>(
            [this](auto handler, const resolver::results_type& found, const std::string& name) {
                connect(found, name, any_handler([handler = std::move(handler)](error_code ec, std::size_t) mutable {
                            std::move(handler)(ec);
                        }));
            },
            token, endpoints, host);
    }

    /// Ends what is under way with an error.
    void close() {
        error_code ignored;
        socket_.close(ignored);
    }

    // What Beast calls. It always passes handlers, and may be given less than it asks for.

    template <class Buffers, class Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        read(pieces<boost::asio::mutable_buffer>(buffers), any_handler(std::forward<Handler>(handler)));
    }

    template <class Buffers, class Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        write(pieces<boost::asio::const_buffer>(buffers), any_handler(std::forward<Handler>(handler)));
    }

    template <class Handler>
    friend void async_teardown(boost::beast::role_type role, beast_stream& stream, Handler&& handler) {
        stream.teardown(role, any_handler(std::forward<Handler>(handler)));
    }

private:
    /// A handler of (error_code, std::size_t), to be called once.
    class any_handler {
    public:
        template <class Handler>
            requires(!std::is_same_v<std::remove_cvref_t<Handler>, any_handler>)
        explicit any_handler(Handler&& handler)
            : held_(std::make_unique<holder<std::decay_t<Handler>>>(std::forward<Handler>(handler))) {}

        void operator()(error_code ec, std::size_t size = 0) { std::exchange(held_, nullptr)->call(ec, size); }

    private:
        struct base {
            virtual ~base() = default;
            virtual void call(error_code ec, std::size_t size) = 0;
        };
        template <class Handler>
        struct holder final : base {
            explicit holder(Handler&& the_handler) : handler(std::move(the_handler)) {}
            explicit holder(const Handler& the_handler) : handler(the_handler) {}
            void call(error_code ec, std::size_t size) override { std::move(handler)(ec, size); }
            Handler handler;
        };

        std::unique_ptr<base> held_;
    };

    /// The first few buffers of a sequence.
    template <class Buffer>
    class pieces {
    public:
        using value_type = Buffer;
        using const_iterator = const Buffer*;

        template <class Buffers>
            requires(!std::is_same_v<Buffers, pieces>)
        explicit pieces(const Buffers& buffers) {
            const auto last = boost::asio::buffer_sequence_end(buffers);
            for (auto it = boost::asio::buffer_sequence_begin(buffers); it != last && size_ < all_.size(); ++it) {
                if (const Buffer one(*it); one.size() != 0) all_[size_++] = one;
            }
        }
        const_iterator begin() const { return all_.data(); }
        const_iterator end() const { return all_.data() + size_; }

    private:
        std::array<Buffer, 8> all_;
        std::size_t size_ = 0;
    };

    void connect(const resolver::results_type& endpoints, const std::string& host, any_handler done) {
        boost::asio::async_connect(socket_, endpoints,
                                   [this, host, done = std::move(done)](error_code ec, const auto&) mutable {
                                       if (!ec) socket_.set_option(boost::asio::ip::tcp::no_delay(true), ec);
                                       if (ec || !tls_) return done(ec);
                                       tls_->set_verify_mode(boost::asio::ssl::verify_peer);
                                       tls_->set_verify_callback(boost::asio::ssl::host_name_verification(host));
                                       // An address is not a server's name (RFC 6066 section 3).
                                       error_code is_name;
                                       boost::asio::ip::make_address(host, is_name);
                                       if (is_name) SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
                                       tls_->async_handshake(boost::asio::ssl::stream_base::client, std::move(done));
                                   });
    }

    void read(const pieces<boost::asio::mutable_buffer>& into, any_handler done) {
        tls_ ? tls_->async_read_some(into, std::move(done)) : socket_.async_read_some(into, std::move(done));
    }

    void write(const pieces<boost::asio::const_buffer>& from, any_handler done) {
        tls_ ? tls_->async_write_some(from, std::move(done)) : socket_.async_write_some(from, std::move(done));
    }

    void teardown(boost::beast::role_type role, any_handler done) {
        using boost::beast::async_teardown;
        using boost::beast::websocket::async_teardown;
        tls_ ? async_teardown(role, *tls_, std::move(done)) : async_teardown(role, socket_, std::move(done));
    }

    socket socket_;
    std::optional<boost::asio::ssl::stream<socket&>> tls_;
};

} // namespace examples
