// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>
#include <webpubsub/text/websocket_address.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace webpubsub::tests {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;
// Without type-erased executors and without compression, either of which costs seconds to compile.
using executor = net::io_context::executor_type;
using tcp_stream = beast::basic_stream<net::ip::tcp, executor>;
using tls_stream = net::ssl::stream<tcp_stream>;
using tcp_resolver = net::ip::basic_resolver<net::ip::tcp, executor>;

/// The other side of a `beast_transport`. None of these is called while the transport itself is called.
struct transport_owner {
    webpubsub::client& client;
    /// The client was told something: run `pump`.
    std::function<void()> changed;
    /// A frame came; the client is told next.
    std::function<void(frame_kind, std::string_view)> received;
    /// Why a connection could not be had or is lost.
    std::function<void(const std::string&)> trouble;

    steady_time now() const { return std::chrono::steady_clock::now(); }
};

namespace detail {

/// One connection. What is under way keeps it alive.
class beast_connection {
public:
    virtual ~beast_connection() = default;
    virtual void open(const client_events::open_transport& wanted) = 0;
    virtual void write(const transmit& message) = 0;
    /// The owner hears nothing more of it.
    virtual void close(const client_events::close_transport& how) = 0;
    /// Ends it with a TCP reset, and the owner hears of it.
    virtual void reset() = 0;
};

template <class Stream>
class beast_connection_over final : public beast_connection,
                                    public std::enable_shared_from_this<beast_connection_over<Stream>> {
public:
    beast_connection_over(net::io_context& io, Stream stream, transport_owner& owner)
        : owner_(owner), resolver_(io), ws_(std::move(stream)) {}

    void open(const client_events::open_transport& wanted) override {
        id_ = wanted.transport;
        address_ = parse_websocket_address(wanted.url).value();
        ws_.set_option(websocket::stream_base::timeout{std::chrono::seconds(5), websocket::stream_base::none(), false});
        ws_.set_option(
            websocket::stream_base::decorator([offer = wanted.subprotocol](websocket::request_type& request) {
                if (!offer.empty()) request.set(beast::http::field::sec_websocket_protocol, offer);
            }));
        resolver_.async_resolve(address_.host, std::to_string(address_.port),
                                then(&beast_connection_over::on_resolved));
    }

    void write(const transmit& message) override {
        ws_.text(message.kind == frame_kind::text);
        writing_ = message;
        ws_.async_write(net::buffer(writing_.bytes()), then(&beast_connection_over::on_written));
    }

    void close(const client_events::close_transport& how) override {
        given_up_ = true;
        resolver_.cancel();
        if (!ws_.is_open() || how.code == close_code::none) return beast::get_lowest_layer(ws_).close();
        ws_.async_close({websocket::close_code(how.code), how.reason},
                        [self = this->shared_from_this()](error_code) {});
    }

    void reset() override {
        auto& socket = beast::get_lowest_layer(ws_).socket();
        error_code ignored;
        socket.set_option(net::socket_base::linger(true, 0), ignored);
        socket.close(ignored);
    }

private:
    template <class Member>
    auto then(Member member) {
        return beast::bind_front_handler(member, this->shared_from_this());
    }

    void on_resolved(error_code ec, const tcp_resolver::results_type& found) {
        if (ec || given_up_) return fail(ec);
        beast::get_lowest_layer(ws_).async_connect(found, then(&beast_connection_over::on_connected));
    }

    void on_connected(error_code ec, const net::ip::tcp::endpoint&) {
        if (ec) return fail(ec);
        beast::get_lowest_layer(ws_).socket().set_option(net::ip::tcp::no_delay(true), ec);
        if constexpr (std::is_same_v<Stream, tls_stream>) {
            auto& stream = ws_.next_layer();
            stream.set_verify_mode(net::ssl::verify_peer);
            stream.set_verify_callback(net::ssl::host_name_verification(address_.host));
            // RFC 6066 section 3: names only.
            error_code is_name;
            net::ip::make_address(address_.host, is_name);
            if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), address_.host.c_str());
            stream.async_handshake(tls_stream::client, then(&beast_connection_over::upgrade));
        } else {
            upgrade({});
        }
    }

    void upgrade(error_code ec) {
        if (ec) return fail(ec);
        ws_.async_handshake(answer_, address_.host_header, address_.target, then(&beast_connection_over::on_open));
    }

    void on_open(error_code ec) {
        if (ec) return fail(ec);
        owner_.client.handle_opened(owner_.now(), id_, answer_[beast::http::field::sec_websocket_protocol]);
        read();
        owner_.changed();
    }

    void fail(error_code ec) {
        if (given_up_) return;
        const unsigned status = ec == websocket::error::upgrade_declined ? answer_.result_int() : 0;
        owner_.trouble(ec.message());
        owner_.client.handle_open_failed(owner_.now(), id_, status);
        owner_.changed();
    }

    void read() { ws_.async_read(buffer_, then(&beast_connection_over::on_read)); }

    void on_read(error_code ec, std::size_t) {
        if (given_up_) return;
        if (ec) {
            const auto& reason = ws_.reason();
            owner_.trouble(ec.message());
            owner_.client.handle_closed(owner_.now(), id_, reason.code != 0 ? reason.code : close_code::abnormal,
                                        {reason.reason.data(), reason.reason.size()});
            return owner_.changed();
        }
        const auto kind = ws_.got_text() ? frame_kind::text : frame_kind::binary;
        const auto frame = beast::buffers_to_string(buffer_.data());
        buffer_.clear();
        owner_.received(kind, frame);
        owner_.client.handle_frame(owner_.now(), id_, kind, frame).value();
        read();
        owner_.changed();
    }

    // The read tells of a connection that is lost.
    void on_written(error_code ec, std::size_t) {
        if (ec || given_up_) return;
        owner_.client.handle_written(owner_.now(), id_);
        owner_.changed();
    }

    transport_owner& owner_;
    tcp_resolver resolver_;
    websocket::stream<Stream, false> ws_;
    transport_id id_ = 0;
    websocket_address address_;
    websocket::response_type answer_;
    beast::flat_buffer buffer_;
    transmit writing_;
    bool given_up_ = false;
};

} // namespace detail

/// A `client_transport` for ws and wss on Boost.Beast, with a way to break connections. The owner outlives it and every
/// handler of the io_context.
class beast_transport {
public:
    beast_transport(net::io_context& io, net::ssl::context& tls, transport_owner& owner)
        : io_(io), tls_(tls), owner_(owner), timer_(io) {}

    void open(const client_events::open_transport& wanted) {
        if (held_) {
            waiting_ = wanted;
            return;
        }
        const auto address = parse_websocket_address(wanted.url);
        if (address.has_value() && address->secure) {
            connection_ =
                std::make_shared<detail::beast_connection_over<tls_stream>>(io_, tls_stream(io_, tls_), owner_);
        } else {
            connection_ = std::make_shared<detail::beast_connection_over<tcp_stream>>(io_, tcp_stream(io_), owner_);
        }
        connection_->open(wanted);
    }

    void close(const client_events::close_transport& how) {
        if (std::exchange(waiting_, std::nullopt)) return;
        if (connection_) std::exchange(connection_, nullptr)->close(how);
    }

    void write(const transmit& message) { connection_->write(message); }

    void arm(std::optional<steady_time> when) {
        timer_.expires_at(when.value_or(steady_time::max()));
        if (!when) return;
        timer_.async_wait([this](error_code ec) {
            if (ec) return;
            owner_.client.handle_timeout(owner_.now());
            owner_.changed();
        });
    }

    /// Resets the TCP connection, and opens no other one before `resume`.
    void cut() {
        held_ = true;
        if (connection_) connection_->reset();
    }

    void resume() {
        held_ = false;
        if (const auto wanted = std::exchange(waiting_, std::nullopt)) open(*wanted);
    }

private:
    net::io_context& io_;
    net::ssl::context& tls_;
    transport_owner& owner_;
    net::steady_timer timer_;
    std::shared_ptr<detail::beast_connection> connection_;
    bool held_ = false;
    std::optional<client_events::open_transport> waiting_;
};

} // namespace webpubsub::tests
