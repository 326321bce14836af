// SPDX-License-Identifier: MIT
#include "session.hpp"

#include "upgrade.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace emulator {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using namespace webpubsub;

namespace {

/// From the TCP connection to the end of the handshake, or to the end of a response that is none.
constexpr auto handshake_time = std::chrono::seconds(5);
/// For the peer to answer a close frame and to close the TCP connection.
constexpr auto close_time = std::chrono::seconds(3);
/// How much is read at a time, and what a buffer may keep between messages.
constexpr std::size_t chunk = 8 * 1024;

class session final : public carrier, public live_session, public std::enable_shared_from_this<session> {
public:
    session(tcp_socket socket, session_context& context)
        : context_(context),
          ws_(std::move(socket), context.tls, context.flushes),
          deadline_(ws_.get_executor()),
          next_ping_(ws_.get_executor()),
          upgrade_(std::make_unique<upgrade>()) {
        context_.sessions.insert(this);
    }
    ~session() {
        assert(hub_ == nullptr);
        context_.sessions.erase(this);
    }

    void start() {
        limit_time(handshake_time);
        ws_.next_layer().async_handshake([self = shared_from_this()](error_code ec) {
            if (ec) return self->drop();
            self->upgrade_->async_read(self->ws_.next_layer(), [self](error_code failed) { self->on_request(failed); });
        });
    }

    void drop() override {
        over_ = true;
        end_time_limit();
        beast::close_socket(ws_.next_layer().next_layer());
    }

    bool has_hub() const override { return hub_ != nullptr; }

    void write(const delivery& next) override {
        if (over_ || closing_ || ending_) return;
        writing_ = true;
        written_body_ = next.body;
        ws_.text(next.kind == frame_kind::text);
        const std::array<net::const_buffer, 2> message{net::buffer(next.prefix), net::buffer(next.body)};
        ws_.async_write(message, [self = shared_from_this()](error_code ec, std::size_t) { self->on_written(ec); });
    }

    void close(std::uint16_t code, const std::string& reason) override {
        close_code_ = code;
        close_reason_ = reason;
        if (over_ || ending_) return;
        if (upgrade_) return drop();
        closing_ = true;
        limit_time(close_time);
        if (!writing_) send_close();
    }

private:
    void limit_time(std::chrono::seconds time) {
        deadline_.expires_after(time);
        deadline_.async_wait([weak = weak_from_this()](error_code canceled) {
            const auto self = weak.lock();
            if (canceled || !self) return;
            // It may have been set anew when this was on its way already.
            if (self->deadline_.expiry() <= std::chrono::steady_clock::now()) self->drop();
        });
    }

    void end_time_limit() { deadline_.expires_at(std::chrono::steady_clock::time_point::max()); }

    void on_request(error_code ec) {
        if (ec) return drop();
        const auto outcome = upgrade_->admit(context_.rules, context_.hubs, *this);
        if (const auto* const no = std::get_if<refused>(&outcome)) {
            return upgrade_->async_refuse(ws_.next_layer(), *no, [self = shared_from_this()] { self->drop(); });
        }
        const auto& yes = std::get<upgrade::let_in>(outcome);
        hub_ = yes.hub;
        transport_ = yes.as.transport;
        // One byte more than the hub allows: a longer message need not be read to be too long.
        max_read_ = hub_->settings().options.max_frame_size + 1;
        accept(yes.as.subprotocol);
    }

    void accept(const std::string& subprotocol) {
        ws_.set_option(websocket::stream_base::timeout{close_time, websocket::stream_base::none(), false});
        ws_.set_option(websocket::stream_base::decorator([subprotocol](websocket::response_type& answer) {
            answer.set(beast::http::field::server, "webpubsub-emulator");
            if (!subprotocol.empty()) answer.set(beast::http::field::sec_websocket_protocol, subprotocol);
        }));
        ws_.auto_fragment(false);
        ws_.read_message_max(0);
        accepting_ = true;
        ws_.async_accept(upgrade_->request(), [self = shared_from_this()](error_code ec) { self->on_accepted(ec); });
    }

    /// Beast has refused the upgrade with an answer of its own.
    void end_refused() {
        async_teardown(beast::role_type::server, ws_.next_layer(), [self = shared_from_this()](error_code) {
            self->accepting_ = false;
            self->drop();
            self->settle();
        });
    }

    void on_accepted(error_code ec) {
        if (ec && !over_) return end_refused();
        accepting_ = false;
        if (over_) return settle();
        upgrade_.reset();
        end_time_limit();
        ws_.control_callback([this](websocket::frame_type kind, beast::string_view) {
            is_heard_ = true;
            if (kind != websocket::frame_type::close || closing_) return;
            const auto& peers = ws_.reason();
            end_by_itself(peers.code, {peers.reason.data(), peers.reason.size()});
        });
        ws_.next_layer().give_close_reasons(
            [this](std::uint16_t code, const char* frame) { return on_own_close(code, frame); });
        hub_->opened(transport_);
        ping_later();
        read();
    }

    void send_close() {
        ws_.async_close({websocket::close_code(close_code_), close_reason_},
                        [self = shared_from_this()](error_code ec) {
                            self->closing_ = false;
                            if (!ec) self->end_code_ = self->ws_.reason().code;
                            self->drop();
                            self->settle();
                        });
    }

    /// The service pings at an interval, whatever goes on. A client of which nothing came from one ping to the next is
    /// gone (sessions.md section 9). Beast's own pings would come only where nothing else does.
    void ping_later() {
        next_ping_.expires_after(hub_->settings().keep_alive_interval);
        next_ping_.async_wait([weak = weak_from_this()](error_code canceled) {
            if (const auto self = weak.lock(); self && !canceled) self->ping();
        });
    }

    void ping() {
        if (over_ || closing_ || ending_) return;
        if (!std::exchange(is_heard_, false)) {
            end_reason_ = "PingTimeout";
            return drop();
        }
        if (!std::exchange(pinging_, true)) {
            ws_.async_ping({}, [self = shared_from_this()](error_code) { self->pinging_ = false; });
        }
        ping_later();
    }

    void read() {
        if (over_ || closing_ || ending_) return settle();
        reading_ = true;
        ws_.async_read_some(buffer_.prepare(std::min(chunk, max_read_ - buffer_.size())),
                            [self = shared_from_this()](error_code ec, std::size_t size) {
                                self->reading_ = false;
                                self->is_heard_ = true;
                                self->buffer_.commit(size);
                                self->on_read(ec);
                            });
    }

    void on_read(error_code ec) {
        if (!ec && ws_.is_message_done()) {
            reading_ = true;
            return context_.turns.enter([self = shared_from_this()] {
                self->reading_ = false;
                self->take_frame();
            });
        }
        if (!ec && buffer_.size() < max_read_) return read();
        if (!ec) {
            hub_->received_bad_frame(transport_, close_code::message_too_big);
        } else if (!closing_) {
            drop();
        }
        settle();
    }

    void take_frame() {
        const auto bytes = buffer_.cdata();
        hub_->received(transport_, ws_.got_text() ? frame_kind::text : frame_kind::binary,
                       {static_cast<const char*>(bytes.data()), bytes.size()});
        buffer_.clear();
        if (buffer_.capacity() > chunk) buffer_.shrink_to_fit();
        read();
    }

    void on_written(error_code ec) {
        writing_ = false;
        written_body_ = {};
        if (!ec) {
            const bool close_waits = closing_;
            hub_->written(transport_);
            if (close_waits) return send_close();
        } else if (!ending_) {
            closing_ = false;
            drop();
        }
        settle();
    }

    /// Beast ends the connection: it answers the peer's close frame, or closes because of a frame that it can't read.
    /// Its read fails when it is done.
    void end_by_itself(std::uint16_t code, std::string_view reason) {
        ending_ = true;
        end_code_ = code;
        end_reason_ = reason;
        limit_time(close_time);
    }

    /// Beast is about to write a close frame without a reason. The hub has one, unless something is still to be written
    /// before the end: Beast will not write that any more.
    std::string on_own_close(std::uint16_t code, const char* frame) {
        const bool is_close = frame < written_body_.data() || frame >= written_body_.data() + written_body_.size();
        if (!is_close || closing_ || ending_ || over_) return {};
        end_by_itself(code, {});
        hub_->received_bad_frame(transport_, code);
        return close_reason_;
    }

    /// Tells the hub the end when nothing is under way any more: what the hub gave to be written is the hub's again.
    void settle() {
        if (!over_ || accepting_ || reading_ || writing_ || closing_ || hub_ == nullptr) return;
        std::exchange(hub_, nullptr)->closed(transport_, end_code_, end_reason_);
    }

    session_context& context_;
    websocket::stream<byte_stream, false> ws_;
    net::steady_timer deadline_;
    net::steady_timer next_ping_;
    /// Since the last ping, or not pinged yet.
    bool is_heard_ = true;
    std::unique_ptr<upgrade> upgrade_;
    beast::flat_buffer buffer_;
    std::size_t max_read_ = 0;

    hub_loop* hub_ = nullptr;
    transport_id transport_ = 0;
    std::uint16_t close_code_ = close_code::normal;
    std::string close_reason_;
    std::uint16_t end_code_ = close_code::abnormal;
    std::string end_reason_;

    // What is under way.
    bool accepting_ = false;
    bool reading_ = false;
    bool writing_ = false;
    bool pinging_ = false;
    std::string_view written_body_;
    /// We close: when what is written is written, by a close frame, or else by the time limit.
    bool closing_ = false;
    /// Beast ends the connection, see `end_by_itself`.
    bool ending_ = false;
    /// The socket is closed.
    bool over_ = false;
};

} // namespace

void start_session(tcp_socket socket, session_context& context) {
    std::make_shared<session>(std::move(socket), context)->start();
}

} // namespace emulator
