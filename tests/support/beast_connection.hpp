// SPDX-License-Identifier: MIT
#pragma once

#include "examples/adaptors/beast_stream.hpp"

#include <webpubsub/client/client.hpp>
#include <webpubsub/text/websocket_address.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::tests {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;
using examples::beast_stream;

/// The program that a connection belongs to.
struct transport_owner {
    webpubsub::client& client;
    /// The client was told something: run the pump.
    std::function<void()> changed;
    /// A frame came; the client is told next.
    std::function<void(frame_kind, std::string_view)> received;
    /// Why a connection could not be had or is lost.
    std::function<void(const std::string&)> trouble;

    steady_time now() const { return std::chrono::steady_clock::now(); }
};

/// The seconds that `Retry-After` names. A date in its place is passed over.
inline std::optional<duration> parse_retry_after(std::string_view header) {
    std::uint32_t seconds = 0;
    const auto [end, failure] = std::from_chars(header.data(), header.data() + header.size(), seconds);
    if (failure != std::errc{} || end != header.data() + header.size()) return std::nullopt;
    return std::chrono::seconds(seconds);
}

/// One connection. What is under way keeps it alive.
class beast_connection final : public std::enable_shared_from_this<beast_connection> {
    template <class Member>
    auto then(Member member) {
        return beast::bind_front_handler(member, shared_from_this());
    }

public:
    /// With TLS where the address is secure.
    beast_connection(net::io_context& io, net::ssl::context& tls, transport_owner& owner, websocket_address address)
        : owner_(owner), address_(std::move(address)), resolver_(io), ws_(io, address_.secure ? &tls : nullptr) {}

    void open(const client_orders::open_transport& wanted) {
        id_ = wanted.transport;
        ws_.set_option(websocket::stream_base::timeout{std::chrono::seconds(5), websocket::stream_base::none(), false});
        ws_.set_option(
            websocket::stream_base::decorator([offer = wanted.subprotocol](websocket::request_type& request) {
                if (!offer.empty()) request.set(beast::http::field::sec_websocket_protocol, offer);
            }));
        ws_.read_message_max(owner_.client.options().frames.max_received_size);
        resolver_.async_resolve(address_.host, std::to_string(address_.port), then(&beast_connection::on_resolved));
    }

    /// Messages are written one after the other.
    void write(const transmit& message) {
        writing_.push_back(message);
        if (writing_.size() == 1) write_next();
    }

    /// The owner hears nothing more of it.
    void close(const client_orders::close_transport& how) {
        given_up_ = true;
        resolver_.cancel();
        if (!ws_.is_open() || how.code == close_code::none) return ws_.next_layer().close();
        ws_.async_close({websocket::close_code(how.code), how.reason}, [self = shared_from_this()](error_code) {});
    }

    /// Ends it with a TCP reset, and the owner hears of it.
    void reset() {
        auto& socket = ws_.next_layer().next_layer();
        error_code ignored;
        socket.set_option(net::socket_base::linger(true, 0), ignored);
        socket.close(ignored);
    }

private:
    void on_resolved(error_code ec, const beast_stream::resolver::results_type& found) {
        if (ec || given_up_) return fail(ec);
        ws_.next_layer().async_connect(found, address_.host, then(&beast_connection::upgrade));
    }

    void upgrade(error_code ec) {
        if (ec || given_up_) return fail(ec);
        ws_.async_handshake(answer_, address_.host_header, address_.target, then(&beast_connection::on_open));
    }

    void on_open(error_code ec) {
        if (ec || given_up_) return fail(ec);
        owner_.client.handle_opened(owner_.now(), id_, answer_[beast::http::field::sec_websocket_protocol]);
        read();
        owner_.changed();
    }

    void fail(error_code ec) {
        if (given_up_) return;
        const auto why = ec.message();
        open_failure failure;
        failure.reason = why;
        if (ec == websocket::error::upgrade_declined) {
            failure.http_status = answer_.result_int();
            failure.retry_after = parse_retry_after(answer_[beast::http::field::retry_after]);
        }
        owner_.trouble(why);
        owner_.client.handle_open_failed(owner_.now(), id_, failure);
        owner_.changed();
    }

    void read() { ws_.async_read(buffer_, then(&beast_connection::on_read)); }

    void on_read(error_code ec, std::size_t) {
        if (given_up_) return;
        if (ec) return lose(ec);
        const auto bytes = buffer_.cdata();
        const std::string_view frame(static_cast<const char*>(bytes.data()), bytes.size());
        const auto kind = ws_.got_text() ? frame_kind::text : frame_kind::binary;
        owner_.received(kind, frame);
        // Events are taken whenever the client has changed, so it takes every frame.
        if (const auto taken = owner_.client.handle_frame(owner_.now(), id_, kind, frame); !taken) {
            owner_.trouble(taken.error().message());
        }
        buffer_.clear();
        read();
        owner_.changed();
    }

    void lose(error_code ec) {
        // Beast has a code of the service only if the service has closed. A close frame can be without one.
        std::uint16_t code = close_code::abnormal;
        std::string_view reason;
        if (ec == websocket::error::closed) {
            code = ws_.reason().code != 0 ? ws_.reason().code : close_code::none;
            reason = {ws_.reason().reason.data(), ws_.reason().reason.size()};
        }
        given_up_ = true;
        owner_.trouble(ec.message());
        owner_.client.handle_closed(owner_.now(), id_, code, reason);
        owner_.changed();
    }

    void write_next() {
        const auto& next = writing_.front();
        ws_.text(next.kind == frame_kind::text);
        ws_.async_write(net::buffer(next.bytes()), then(&beast_connection::on_written));
    }

    // The read tells of a connection that is lost.
    void on_written(error_code ec, std::size_t) {
        writing_.pop_front();
        if (ec || given_up_) return;
        if (!writing_.empty()) write_next();
        owner_.client.handle_written(owner_.now(), id_);
        owner_.changed();
    }

    transport_owner& owner_;
    websocket_address address_;
    beast_stream::resolver resolver_;
    websocket::stream<beast_stream, false> ws_; // without compression, which takes seconds to compile
    transport_id id_{};
    websocket::response_type answer_;
    beast::flat_buffer buffer_;
    /// The first is under way. They own their bytes, for as long as they are here.
    std::deque<transmit> writing_;
    bool given_up_ = false;
};

} // namespace webpubsub::tests
