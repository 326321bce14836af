// SPDX-License-Identifier: MIT
#pragma once

// This adaptor fits Boost.Beast, used with callbacks, to a webpubsub::client. Copy the file and beast_stream.hpp into
// your program as they are. It needs Boost 1.81 or later and OpenSSL.
//
// What the client is told, and what it is not:
//   - The status, the reason and the `Retry-After` in seconds of a refused handshake are told.
//   - The close code is the peer's. Beast refuses 1004 to 1006, 1014 and 1015; then the client is told 1006 (abnormal).
//     The peer's code is also lost when a write has failed before the close frame was read.
//   - A message that is longer than `client_frame_options::max_received_size` ends the connection with 1006.
//
// The adaptor, its client and the io_context belong to one thread.

#include "beast_stream.hpp"

#include <webpubsub/client/client.hpp>
#include <webpubsub/text/websocket_address.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <charconv>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace examples {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

class beast_transport {
public:
    using error_code = boost::system::error_code;

    /// How long the peer may take to answer a close frame.
    static constexpr std::chrono::seconds close_time{5};

    beast_transport(asio::io_context& io, asio::ssl::context& tls, webpubsub::client& client)
        : io_(io), tls_(tls), client_(client), timer_(io) {}
    beast_transport(const beast_transport&) = delete;
    beast_transport& operator=(const beast_transport&) = delete;
    ~beast_transport() {
        if (current_) current_->close(webpubsub::close_code::none, {});
    }

    /// To be called once, before the client is started, with a pump that lives as long as this object.
    template <class Pump>
    void attach(Pump& pump) {
        run_pump_ = [&pump] { pump.run(); };
        handle_timeout_ = [&pump] { pump.handle_timeout(now()); };
    }

    /// Gives the client a URL. It is called only if the client's options have none.
    std::function<void(const webpubsub::client_orders::need_url&)> need_url = [this](const auto& order) {
        client_.fail_url(now(), order.request);
    };

    // What the pump calls.

    void open(const webpubsub::client_orders::open_transport& order) {
        const auto address = webpubsub::parse_websocket_address(order.url);
        if (!address) {
            return client_.handle_open_failed(now(), order.transport, {.reason = address.error().message()});
        }
        current_ = std::make_shared<connection>(*this, order, *address);
        current_->open();
    }

    void write(const webpubsub::transmit& message) {
        if (current_) current_->write(message);
    }

    void close(const webpubsub::client_orders::close_transport& order) {
        if (const auto old = std::exchange(current_, nullptr)) old->close(order.code, order.reason);
    }

    void arm(std::optional<webpubsub::steady_time> when) {
        timer_.cancel();
        if (!when) return;
        timer_.expires_at(*when);
        timer_.async_wait([this](error_code ec) {
            if (!ec) handle_timeout_();
        });
    }

private:
    /// One WebSocket connection. It lives as long as one of its operations is under way, so nothing that an operation
    /// uses ends too early, whatever happens meanwhile.
    class connection : public std::enable_shared_from_this<connection> {
        /// A handler that goes on with `next`, unless the operation has failed or the client has let go.
        template <class Next>
        auto then(Next next) {
            return [self = shared_from_this(), next](error_code ec, const auto&... results) -> void {
                if (self->owner_ == nullptr) return;
                if (ec) return self->fail(ec);
                next(results...);
            };
        }

    public:
        connection(beast_transport& owner, const webpubsub::client_orders::open_transport& order,
                   webpubsub::websocket_address address)
            : owner_(&owner),
              id_(order.transport),
              subprotocol_(order.subprotocol),
              address_(std::move(address)),
              resolver_(owner.io_),
              deadline_(owner.io_),
              ws_(owner.io_, address_.secure ? &owner.tls_ : nullptr) {}

        void open() {
            resolver_.async_resolve(address_.host, std::to_string(address_.port),
                                    then([this](const auto& endpoints) { connect(endpoints); }));
        }

        void write(const webpubsub::transmit& message) {
            queue_.push_back(message);
            if (queue_.size() == 1) write_first();
        }

        /// The client has let go of this connection: nothing of it is told any more.
        void close(std::uint16_t code, const std::string& reason) {
            owner_ = nullptr;
            if (!is_open_ || code == webpubsub::close_code::none) return drop();
            const auto self = shared_from_this();
            deadline_.expires_after(close_time);
            deadline_.async_wait([self](error_code ec) {
                if (!ec) self->drop();
            });
            // The close frame follows the message that is being written, if there is one.
            const websocket::close_reason goodbye(static_cast<websocket::close_code>(code), reason);
            ws_.async_close(goodbye, [self](error_code) {
                self->deadline_.cancel();
                self->drop();
            });
        }

    private:
        void connect(const beast_stream::resolver::results_type& endpoints) {
            stream().async_connect(endpoints, address_.host, then([this] { upgrade(); }));
        }

        void upgrade() {
            // The client has limits of its own for the handshake; this one is for close frames of the peer.
            ws_.set_option(
                websocket::stream_base::timeout{std::chrono::seconds(30), websocket::stream_base::none(), false});
            ws_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
                if (!subprotocol_.empty()) request.set("Sec-WebSocket-Protocol", subprotocol_);
            }));
            ws_.read_message_max(owner_->client_.options().frames.max_received_size);
            ws_.async_handshake(
                answer_, address_.host_header, address_.target, then([this] {
                    is_open_ = true;
                    ws_.set_option(websocket::stream_base::timeout{close_time, websocket::stream_base::none(), false});
                    owner_->client_.handle_opened(now(), id_, answer_["Sec-WebSocket-Protocol"]);
                    read();
                    owner_->run_pump_();
                }));
        }

        void read() {
            ws_.async_read(buffer_, then([this](std::size_t) {
                               const auto kind =
                                   ws_.got_text() ? webpubsub::frame_kind::text : webpubsub::frame_kind::binary;
                               const auto bytes = buffer_.cdata();
                               // It is always taken, since the pump takes all events at once.
                               (void)owner_->client_.handle_frame(
                                   now(), id_, kind, {static_cast<const char*>(bytes.data()), bytes.size()});
                               buffer_.consume(buffer_.size());
                               read();
                               owner_->run_pump_();
                           }));
        }

        void write_first() {
            ws_.text(queue_.front().kind == webpubsub::frame_kind::text);
            const auto bytes = queue_.front().bytes();
            ws_.async_write(asio::buffer(bytes.data(), bytes.size()), then([this](std::size_t) {
                                queue_.pop_front();
                                if (!queue_.empty()) write_first();
                                owner_->client_.handle_written(now(), id_);
                                owner_->run_pump_();
                            }));
        }

        void fail(error_code ec) {
            auto& owner = *std::exchange(owner_, nullptr);
            owner.current_ = nullptr; // the handler that calls this keeps the connection alive
            drop();
            if (is_open_) {
                const auto& said = ws_.reason();
                const bool peer_closed = ec == websocket::error::closed;
                const auto code = !peer_closed                               ? webpubsub::close_code::abnormal
                                  : said.code == websocket::close_code::none ? webpubsub::close_code::none
                                                                             : static_cast<std::uint16_t>(said.code);
                owner.client_.handle_closed(now(), id_, code, peer_closed ? said.reason.c_str() : ec.message());
            } else {
                owner.client_.handle_open_failed(now(), id_, failure_of(ec));
            }
            owner.run_pump_();
        }

        webpubsub::open_failure failure_of(error_code ec) {
            reason_ = ec.message();
            webpubsub::open_failure failure;
            if (ec == websocket::error::upgrade_declined) {
                failure.http_status = answer_.result_int();
                reason_ = "HTTP status " + std::to_string(failure.http_status);
                const std::string wait = answer_["Retry-After"];
                unsigned seconds = 0;
                const auto read = std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
                if (read.ec == std::errc() && read.ptr == wait.data() + wait.size()) {
                    failure.retry_after = std::chrono::seconds(seconds);
                }
            }
            failure.reason = reason_;
            return failure;
        }

        beast_stream& stream() { return ws_.next_layer(); }

        /// Ends whatever is under way.
        void drop() {
            resolver_.cancel();
            stream().close();
        }

        beast_transport* owner_;
        webpubsub::transport_id id_;
        std::string subprotocol_;
        webpubsub::websocket_address address_;
        beast_stream::resolver resolver_;
        asio::steady_timer deadline_;
        websocket::stream<beast_stream, false> ws_; // without compression, which takes seconds to compile
        websocket::response_type answer_;
        beast::flat_buffer buffer_;
        std::deque<webpubsub::transmit> queue_;
        std::string reason_;
        bool is_open_ = false;
    };

    static webpubsub::steady_time now() { return std::chrono::steady_clock::now(); }

    asio::io_context& io_;
    asio::ssl::context& tls_;
    webpubsub::client& client_;
    asio::steady_timer timer_;
    std::shared_ptr<connection> current_;
    std::function<void()> run_pump_;
    std::function<void()> handle_timeout_;
};

} // namespace examples
