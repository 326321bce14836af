// SPDX-License-Identifier: MIT
#pragma once

// This adaptor fits Boost.Beast 1.81 or later to a webpubsub::hub. Copy the file into your program as it is. The
// adaptor, its hub and the io_context belong to one thread.
//
// What the hub is told, and what it is not: the close code is the client's. What Beast can't read ends the connection
// with 1002, 1007 or 1009; so do the close codes 1004 to 1006, 1014 and 1015. Everything else is 1006 (abnormal). A
// client that does not answer Beast's pings for 300 s is gone. There is no TLS: let a proxy do that, or put an
// asio::ssl::stream in the place of the socket. An application that wants to be asked about connections has to keep
// who is `waiting`.

#include <webpubsub/hub/hub.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>

namespace examples {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

class beast_hub_host {
public:
    using error_code = boost::system::error_code;
    using socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
    using request = http::request<http::empty_body>;
    static constexpr std::chrono::seconds request_time{10}, close_time{5};
    /// In bytes. A large buffer of the kernel hides from the hub how far a slow reader is behind.
    static constexpr int send_buffer = 128 * 1024;

    /// Judges who asks to connect, before the hub does.
    std::function<webpubsub::result<webpubsub::connect_request, webpubsub::refused>(const request&)> authenticate;
    /// Is told what the application must know, and may command the hub.
    std::function<void(webpubsub::hub_event&)> on_event;

    beast_hub_host(asio::io_context& io, webpubsub::hub& hub) : hub_(hub), timer_(io) {}

    static webpubsub::instant now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }

    /// Takes a TCP connection.
    void accept(socket tcp) {
        error_code ec; // neither option is worth a connection
        tcp.set_option(asio::ip::tcp::no_delay(true), ec);
        tcp.set_option(asio::socket_base::send_buffer_size(send_buffer), ec);
        std::make_shared<session>(*this, std::move(tcp))->read_request();
    }

    /// Does what the hub wants. To be called after every command from outside of `on_event`.
    void run() {
        if (std::exchange(running_, true)) return; // the outer call goes on until nothing is left
        for (bool more = true; more;) {
            more = false;
            for (; const auto order = hub_.poll_order(); more = true) obey(*order);
            for (; const auto ready = hub_.poll_ready(); more = true) {
                const auto to = find(*ready);
                while (auto message = hub_.poll_transmit(*ready)) {
                    if (to) to->write(std::move(*message));
                }
            }
            for (; auto event = hub_.poll_event(); more = true) on_event(*event);
        }
        running_ = false;
        timer_.cancel();
        const auto when = hub_.poll_timeout();
        if (!when) return;
        timer_.expires_at(*when);
        timer_.async_wait([this](error_code ec) {
            if (ec) return;
            hub_.handle_timeout(now());
            run();
        });
    }

private:
    /// The connection of one client. It lives as long as one of its operations is under way, and with it the messages
    /// that are being written, whatever happens meanwhile.
    class session : public std::enable_shared_from_this<session> {
    public:
        session(beast_hub_host& host, socket tcp) : host_(host), ws_(std::move(tcp)), deadline_(ws_.get_executor()) {}

        void read_request() {
            limit(request_time);
            const auto handler = [self = shared_from_this()](error_code ec, std::size_t) {
                if (ec) return self->end(webpubsub::close_code::abnormal);
                self->admit();
            };
            http::async_read(ws_.next_layer(), buffer_, parser_, handler);
        }

        void write(webpubsub::delivery message) {
            queue_.push_back(std::move(message));
            if (queue_.size() == 1) write_first();
        }

        void close(std::uint16_t code, const std::string& reason) {
            if (!ws_.is_open()) return end(webpubsub::close_code::abnormal);
            goodbye_.emplace(static_cast<websocket::close_code>(code), reason);
            limit(close_time);
            if (queue_.empty()) send_close_frame(); // otherwise after what is being written
        }

        void resume() {
            if (!reading_ && !ended_) read();
        }

    private:
        void limit(std::chrono::seconds time) {
            deadline_.expires_after(time);
            deadline_.async_wait([self = shared_from_this()](error_code ec) {
                if (!ec) self->end(webpubsub::close_code::abnormal);
            });
        }

        void admit() {
            // Whoever sends more before the answer does not speak WebSocket.
            if (buffer_.size() != 0) return refuse({400, "Frames came before the handshake was answered."});
            auto client = host_.authenticate(parser_.get());
            if (!client) return refuse(client.error());
            const auto outcome = host_.hub_.admit(now(), std::move(*client));
            if (const auto* yes = get_if<webpubsub::accepted>(&outcome)) return upgrade(*yes);
            const auto* no = get_if<webpubsub::refused>(&outcome);
            refuse(no != nullptr ? *no : webpubsub::refused{});
        }

        void refuse(const webpubsub::refused& why) {
            refusal_ = {static_cast<http::status>(why.http_status), 11, why.message};
            refusal_.keep_alive(false);
            refusal_.prepare_payload();
            http::async_write(ws_.next_layer(), refusal_, [self = shared_from_this()](error_code ec, std::size_t) {
                self->deadline_.cancel();
                self->ws_.next_layer().shutdown(asio::socket_base::shutdown_send, ec);
            });
        }

        void upgrade(const webpubsub::accepted& as) {
            id_ = as.transport;
            host_.sessions_[id_] = shared_from_this();
            deadline_.cancel();
            ws_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
            ws_.set_option(websocket::stream_base::decorator([name = as.subprotocol](websocket::response_type& answer) {
                if (!name.empty()) answer.set(http::field::sec_websocket_protocol, name);
            }));
            ws_.read_message_max(webpubsub::hub_frame_options().max_received_size);
            ws_.async_accept(parser_.get(), [self = shared_from_this()](error_code ec) {
                if (ec || self->ended_) return self->fail(ec);
                self->host_.hub_.handle_opened(now(), self->id_);
                self->host_.run();
                self->resume();
            });
        }

        void read() {
            reading_ = true;
            ws_.async_read(buffer_, [self = shared_from_this()](error_code ec, std::size_t size) {
                self->reading_ = false;
                if (ec || self->ended_) return self->fail(ec);
                const auto kind = self->ws_.got_text() ? webpubsub::frame_kind::text : webpubsub::frame_kind::binary;
                const auto bytes = static_cast<const char*>(self->buffer_.cdata().data());
                self->host_.hub_.handle_frame(now(), self->id_, kind, {bytes, size});
                self->buffer_.consume(size);
                self->host_.run();
                // This obeys `pause_reading`; the end of the pause comes by an order.
                if (self->host_.hub_.wants_input(self->id_)) self->resume();
            });
        }

        void write_first() {
            const auto& message = queue_.front();
            ws_.text(message.kind() == webpubsub::frame_kind::text);
            const std::array pieces{asio::buffer(message.prefix()), asio::buffer(message.body())};
            ws_.async_write(pieces, [self = shared_from_this()](error_code ec, std::size_t) {
                self->queue_.pop_front();
                if (ec || self->ended_) return self->fail(ec);
                if (!self->queue_.empty())
                    self->write_first();
                else if (self->goodbye_)
                    self->send_close_frame();
                self->host_.hub_.handle_written(now(), self->id_);
                self->host_.run();
            });
        }

        void send_close_frame() {
            ws_.async_close(*goodbye_, [self = shared_from_this()](error_code ec) {
                self->fail(ec ? ec : error_code(websocket::error::closed));
            });
        }

        void fail(error_code ec) {
            if (ended_) return;
            namespace code = webpubsub::close_code;
            const auto peers = static_cast<std::uint16_t>(ws_.reason().code);
            if (ec == websocket::error::closed)
                return end(peers == 0 ? code::none : peers, ws_.reason().reason.c_str());
            const bool too_big = ec == websocket::error::message_too_big;
            if (too_big || ec == websocket::condition::protocol_violation) {
                const auto why =
                    ec == websocket::error::bad_frame_payload ? code::invalid_payload : code::protocol_error;
                host_.hub_.handle_bad_frame(now(), id_, too_big ? code::message_too_big : why);
            }
            end(code::abnormal);
        }

        void end(std::uint16_t code, const std::string& reason = {}) {
            if (std::exchange(ended_, true)) return;
            deadline_.cancel();
            error_code ignored;
            ws_.next_layer().close(ignored);             // ends whatever is under way
            if (host_.sessions_.erase(id_) == 0) return; // the hub does not know it yet
            host_.hub_.handle_closed(now(), id_, code, reason);
            host_.run();
        }

        beast_hub_host& host_;
        webpubsub::transport_id id_{};
        websocket::stream<socket, false> ws_; // without compression, which takes seconds to compile
        asio::steady_timer deadline_;
        beast::flat_buffer buffer_;
        http::request_parser<http::empty_body> parser_;
        http::response<http::string_body> refusal_;
        /// What was handed to Beast and what waits for it. A message stays in its place until it is written.
        std::deque<webpubsub::delivery> queue_;
        std::optional<websocket::close_reason> goodbye_;
        bool reading_ = false, ended_ = false;
    };

    void obey(const webpubsub::hub_order& order) {
        if (const auto* close = get_if<webpubsub::hub_orders::close_transport>(&order)) {
            if (const auto who = find(close->transport)) who->close(close->code, close->reason);
        } else if (const auto* resume = get_if<webpubsub::hub_orders::resume_reading>(&order)) {
            if (const auto who = find(resume->transport)) who->resume();
        }
    }

    std::shared_ptr<session> find(webpubsub::transport_id id) const {
        const auto found = sessions_.find(id);
        return found == sessions_.end() ? nullptr : found->second;
    }

    webpubsub::hub& hub_;
    asio::steady_timer timer_;
    std::map<webpubsub::transport_id, std::shared_ptr<session>> sessions_;
    bool running_ = false;
};

} // namespace examples
