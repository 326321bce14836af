// SPDX-License-Identifier: MIT
#pragma once

// This adaptor fits Boost.Beast, used with C++20 coroutines, to a webpubsub::client. Copy the file and beast_stream.hpp
// into your program as they are. It needs Boost 1.81 or later and OpenSSL, and a compiler that knows coroutines: g++
// 12, not clang 14.
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

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
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

class beast_coroutine_transport {
public:
    using error_code = boost::system::error_code;

    /// How long the peer may take to answer a close frame.
    static constexpr std::chrono::seconds close_time{5};

    beast_coroutine_transport(asio::io_context& io, asio::ssl::context& tls, webpubsub::client& client)
        : io_(io), tls_(tls), client_(client), timer_(io) {}
    beast_coroutine_transport(const beast_coroutine_transport&) = delete;
    beast_coroutine_transport& operator=(const beast_coroutine_transport&) = delete;
    ~beast_coroutine_transport() {
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
        asio::co_spawn(io_, connection::live(current_), asio::detached);
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
    /// One WebSocket connection. Its coroutines keep it alive: they are given a shared pointer, never `this` alone.
    struct connection : std::enable_shared_from_this<connection> {
        using pointer = std::shared_ptr<connection>;

        connection(beast_coroutine_transport& the_owner, const webpubsub::client_orders::open_transport& order,
                   webpubsub::websocket_address the_address)
            : owner(&the_owner),
              id(order.transport),
              subprotocol(order.subprotocol),
              address(std::move(the_address)),
              resolver(the_owner.io_),
              deadline(the_owner.io_),
              ws(the_owner.io_, address.secure ? &the_owner.tls_ : nullptr) {}

        /// The whole life of the connection, but for what is written.
        static asio::awaitable<void> live(pointer self) {
            error_code problem;
            try {
                co_await self->connect();
                while (self->owner != nullptr) co_await self->read();
            } catch (const boost::system::system_error& failure) {
                problem = failure.code();
            }
            self->fail(problem);
        }

        asio::awaitable<void> connect() {
            const auto found =
                co_await resolver.async_resolve(address.host, std::to_string(address.port), asio::use_awaitable);
            co_await ws.next_layer().async_connect(found, address.host, asio::use_awaitable);
            if (owner == nullptr) co_return; // the client has let go
            // The client has limits of its own for the handshake; the second one is for close frames of the peer.
            using websocket::stream_base;
            ws.set_option(stream_base::timeout{std::chrono::seconds(30), stream_base::none(), false});
            ws.set_option(stream_base::decorator([this](websocket::request_type& request) {
                if (!subprotocol.empty()) request.set("Sec-WebSocket-Protocol", subprotocol);
            }));
            ws.read_message_max(owner->client_.options().frames.max_received_size);
            co_await ws.async_handshake(answer, address.host_header, address.target, asio::use_awaitable);
            is_open = true;
            ws.set_option(stream_base::timeout{close_time, stream_base::none(), false});
            if (owner == nullptr) co_return;
            owner->client_.handle_opened(now(), id, answer["Sec-WebSocket-Protocol"]);
            owner->run_pump_();
        }

        asio::awaitable<void> read() {
            co_await ws.async_read(buffer, asio::use_awaitable);
            if (owner == nullptr) co_return;
            const auto kind = ws.got_text() ? webpubsub::frame_kind::text : webpubsub::frame_kind::binary;
            const auto bytes = buffer.cdata();
            // It is always taken, since the pump takes all events at once.
            (void)owner->client_.handle_frame(now(), id, kind, {static_cast<const char*>(bytes.data()), bytes.size()});
            buffer.consume(buffer.size());
            owner->run_pump_();
        }

        void write(const webpubsub::transmit& message) {
            queue.push_back(message);
            if (queue.size() == 1) asio::co_spawn(ws.get_executor(), write_queue(shared_from_this()), asio::detached);
        }

        static asio::awaitable<void> write_queue(pointer self) {
            try {
                while (self->owner != nullptr && !self->queue.empty()) {
                    const auto& message = self->queue.front();
                    self->ws.text(message.kind == webpubsub::frame_kind::text);
                    co_await self->ws.async_write(asio::buffer(message.bytes()), asio::use_awaitable);
                    if (self->owner == nullptr) co_return;
                    // The pump writes more from within, so the message goes out of the queue after it.
                    self->owner->client_.handle_written(now(), self->id);
                    self->owner->run_pump_();
                    self->queue.pop_front();
                }
            } catch (const boost::system::system_error& failure) {
                self->fail(failure.code());
            }
        }

        /// The client has let go of this connection: nothing of it is told any more.
        void close(std::uint16_t code, const std::string& reason) {
            owner = nullptr;
            if (!is_open || code == webpubsub::close_code::none) return drop();
            const websocket::close_reason goodbye(static_cast<websocket::close_code>(code), reason);
            asio::co_spawn(ws.get_executor(), say_goodbye(shared_from_this(), goodbye), asio::detached);
        }

        static asio::awaitable<void> say_goodbye(pointer self, websocket::close_reason reason) {
            self->deadline.expires_after(close_time);
            self->deadline.async_wait([self](error_code ec) {
                if (!ec) self->drop();
            });
            try {
                // The close frame follows the message that is being written, if there is one.
                co_await self->ws.async_close(reason, asio::use_awaitable);
            } catch (const boost::system::system_error&) {
                // It is over in any case.
            }
            self->deadline.cancel();
            self->drop();
        }

        /// The connection is over: tells the client, unless it has let go or knows already.
        void fail(error_code ec) {
            if (owner == nullptr) return;
            auto& the_owner = *std::exchange(owner, nullptr);
            the_owner.current_ = nullptr;
            drop();
            if (is_open) {
                const bool peer_closed = ec == websocket::error::closed;
                const auto code = !peer_closed            ? webpubsub::close_code::abnormal
                                  : ws.reason().code == 0 ? webpubsub::close_code::none
                                                          : static_cast<std::uint16_t>(ws.reason().code);
                the_owner.client_.handle_closed(now(), id, code,
                                                peer_closed ? ws.reason().reason.c_str() : ec.message());
            } else {
                tell_open_failed(the_owner, ec);
            }
            the_owner.run_pump_();
        }

        void tell_open_failed(beast_coroutine_transport& the_owner, error_code ec) {
            std::string reason = ec.message();
            webpubsub::open_failure failure;
            if (ec == websocket::error::upgrade_declined) {
                failure.http_status = answer.result_int();
                reason = "HTTP status " + std::to_string(failure.http_status);
                const std::string wait = answer["Retry-After"];
                unsigned seconds = 0;
                const auto read = std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
                if (read.ec == std::errc() && read.ptr == wait.data() + wait.size()) {
                    failure.retry_after = std::chrono::seconds(seconds);
                }
            }
            failure.reason = reason;
            the_owner.client_.handle_open_failed(now(), id, failure);
        }

        /// Ends whatever is under way.
        void drop() {
            resolver.cancel();
            ws.next_layer().close();
        }

        beast_coroutine_transport* owner;
        webpubsub::transport_id id;
        std::string subprotocol;
        webpubsub::websocket_address address;
        beast_stream::resolver resolver;
        asio::steady_timer deadline;
        websocket::stream<beast_stream, false> ws; // without compression, which takes seconds to compile
        websocket::response_type answer;
        beast::flat_buffer buffer;
        std::deque<webpubsub::transmit> queue;
        bool is_open = false;
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
