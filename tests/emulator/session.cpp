// SPDX-License-Identifier: MIT
#include "session.hpp"

#include "gathered_write.hpp"
#include "http_exchange.hpp"
#include "http_values.hpp"
#include "session_phase.hpp"

#include <webpubsub/rest/route.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace emulator {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using namespace webpubsub;

namespace {

/// From the TCP connection to the end of the first request's head, and for an upgrade or an answer to be written.
constexpr auto handshake_time = std::chrono::seconds(5);
/// For the body of a request.
constexpr auto body_time = std::chrono::seconds(10);
/// For the answer of the REST API, which other nodes may have to give.
constexpr auto answer_time = std::chrono::seconds(15);
/// From one answer to the end of the next request's head.
constexpr auto idle_time = std::chrono::seconds(60);
/// For the peer to answer a close frame and to close the TCP connection.
constexpr auto close_time = std::chrono::seconds(3);
/// How much is read at a time, and what a buffer may keep between messages.
constexpr std::size_t chunk = 8 * 1024;

http_response too_early() { return text_response(400, "The client did not wait for the answer to its upgrade."); }

class session final : public carrier, public live_session, public std::enable_shared_from_this<session> {
public:
    session(byte_stream&& connection, std::unique_ptr<http_exchange> exchange, session_context& context)
        : context_(context),
          ws_(std::move(connection)),
          deadline_(ws_.get_executor()),
          next_ping_(ws_.get_executor()),
          exchange_(std::move(exchange)) {
        context_.sessions.insert(this);
    }
    ~session() {
        assert(hub_ == nullptr);
        context_.sessions.erase(this);
    }

    void start() {
        limit_time(handshake_time);
        ws_.next_layer().async_handshake([self = shared_from_this()](error_code ec) {
            if (self->goes_on(!ec)) self->read_head();
        });
    }

    /// With a client whose request for WebSocket another thread has read.
    void go_on() {
        limit_time(handshake_time);
        admit();
    }

    void drop() override { end(close_code::abnormal, {}); }

    bool has_hub() const override { return hub_ != nullptr; }

    void write(std::vector<delivery>&& messages) override {
        if (phase_ != phase::open && phase_ != phase::refusing) return;
        if (waiting_.empty() && writing_.empty()) write_later();
        waiting_.add(std::move(messages));
        if (waiting_.is_full()) context_.is_turn_over = true;
    }

    void write_gathered() override {
        if (waiting_.empty() || !writing_.empty()) return;
        std::swap(writing_, waiting_);
        ws_.next_layer().async_write_frames(
            writing_.buffers(), [self = shared_from_this()](error_code ec, std::size_t) { self->on_written(ec); });
    }

    void pause_reading() override { is_paused_ = true; }

    void resume_reading() override {
        is_paused_ = false;
        // Nothing was asked of the client meanwhile.
        is_heard_ = true;
        read();
    }

    void decided(const admission& outcome) override {
        if (phase_ != phase::waiting) return;
        phase_ = phase::upgrading;
        limit_time(handshake_time);
        // Of the wait for the client's end.
        error_code ignored;
        ws_.next_layer().next_layer().cancel(ignored);
        if (const auto* const yes = get_if<accepted>(&outcome)) {
            transport_ = yes->transport;
            return accept(yes->subprotocol);
        }
        hub_ = nullptr;
        const auto* const no = get_if<refused>(&outcome);
        answer(text_response(no->http_status, no->message));
    }

    void close(const hub_orders::close_transport& how) override {
        if (phase_ == phase::upgrading) return drop();
        if (phase_ == phase::leaving || phase_ == phase::over) return;
        write_gathered();
        // What is left for a client that does not read would be in the way.
        waiting_.clear();
        ws_.next_layer().write_close(how.code, how.reason);
        if (phase_ == phase::open) begin_end(phase::closing);
        read();
    }

private:
    void begin_end(phase next) {
        phase_ = next;
        limit_time(close_time);
    }

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

    /// Closes the socket and tells the hub. What is under way keeps the session, and with it the messages that are
    /// being written, until it has failed.
    void end(std::uint16_t code, std::string_view reason) {
        if (phase_ == phase::over) return;
        const bool was_waiting = std::exchange(phase_, phase::over) == phase::waiting;
        // The hub's loop may let go of it.
        const auto self = shared_from_this();
        end_time_limit();
        next_ping_.cancel();
        write_gathered();
        ws_.next_layer().close();
        waiting_.clear();
        if (hub_ == nullptr) return;
        auto& hub = *std::exchange(hub_, nullptr);
        if (was_waiting) return hub.abandoned(admission_);
        hub.closed(transport_, code, reason);
    }

    /// With the code and the reason that the client has given.
    void end_as_the_client_says() {
        const auto& peers = ws_.reason();
        const auto code = ws_.next_layer().peers_close_code(peers.code);
        end(code != 0 ? code : close_code::none, {peers.reason.data(), peers.reason.size()});
    }

    /// After a step of HTTP. A session that has ended meanwhile may still hear that the step succeeded.
    bool goes_on(bool succeeded) {
        if (!succeeded) drop();
        return phase_ != phase::over;
    }

    void read_head() {
        exchange_->async_read_head(ws_.next_layer(), [self = shared_from_this()](error_code ec) { self->on_head(ec); });
    }

    void on_head(error_code ec) {
        if (!goes_on(!ec)) return;
        limit_time(handshake_time);
        if (const auto refusal = exchange_->refusal()) return answer(*refusal);
        if (exchange_->is_upgrade() || !is_rest_target(target_of(exchange_->head()))) return admit();
        limit_time(body_time);
        exchange_->async_read_body(ws_.next_layer(), [self = shared_from_this()](error_code failed) {
            if (!self->goes_on(!failed)) return;
            self->limit_time(answer_time);
            if (const auto refusal = self->exchange_->refusal()) return self->answer(*refusal);
            self->context_.hubs->call(self->exchange_->take_request(), [self](const http_response& response) {
                if (self->phase_ == phase::over) return;
                self->limit_time(handshake_time);
                self->answer(response);
            });
        });
    }

    void answer(const http_response& response) {
        exchange_->async_answer(ws_.next_layer(), response, [self = shared_from_this()](bool is_kept) {
            if (!self->goes_on(is_kept)) return;
            self->limit_time(idle_time);
            self->read_head();
        });
    }

    void admit() {
        if (exchange_->is_upgrade() && exchange_->has_more()) return answer(too_early());
        const auto request = exchange_->take_request();
        auto* const owner = exchange_->is_upgrade() ? context_.elsewhere(request.target) : nullptr;
        if (owner != nullptr) return hand_over(*owner);
        auto outcome = context_.hubs->admit(shared_from_this(), request, exchange_->is_upgrade());
        if (const auto* const no = std::get_if<http_response>(&outcome)) return answer(*no);
        if (const auto* const asked = std::get_if<hub_loops::asked>(&outcome)) return wait(*asked);
        const auto& yes = std::get<hub_loops::let_in>(outcome);
        hub_ = yes.hub;
        transport_ = yes.as.transport;
        accept(yes.as.subprotocol);
    }

    /// When the handlers that have read the request have returned.
    void hand_over(session_context& owner) {
        net::post(context_.io, [self = shared_from_this(), &owner] {
            if (!self->goes_on(true)) return;
            auto moved = self->ws_.next_layer().move_to(owner.io);
            if (!moved) return self->answer(too_early());
            self->drop();
            net::post(owner.io, [&owner, it = std::move(*moved), exchange = std::move(self->exchange_)]() mutable {
                if (owner.is_ending) return;
                std::make_shared<session>(byte_stream(std::move(it)), std::move(exchange), owner)->go_on();
            });
        });
    }

    /// The event handler has its own time. Whatever comes from a client that waits for its answer is its end, or TLS's
    /// word of it, or against the protocol.
    void wait(const hub_loops::asked& question) {
        phase_ = phase::waiting;
        end_time_limit();
        hub_ = question.hub;
        admission_ = question.id;
        auto& socket = ws_.next_layer().next_layer();
        socket.async_wait(net::socket_base::wait_read, [self = shared_from_this()](error_code ec) {
            if (!ec && self->phase_ == phase::waiting) self->drop();
        });
    }

    void accept(const std::string& subprotocol) {
        ws_.set_option(websocket::stream_base::timeout{close_time, websocket::stream_base::none(), false});
        ws_.set_option(websocket::stream_base::decorator([subprotocol](websocket::response_type& answer) {
            answer.set(beast::http::field::server, "webpubsub-emulator");
            if (!subprotocol.empty()) answer.set(beast::http::field::sec_websocket_protocol, subprotocol);
        }));
        ws_.read_message_max(0);
        // One byte more than the hub allows: a longer message need not be read to be too long.
        max_read_ = hub_->max_received_size() + 1;
        ws_.async_accept(exchange_->head(), [self = shared_from_this()](error_code ec) { self->on_accepted(ec); });
    }

    void on_accepted(error_code ec) {
        if (phase_ == phase::over) return;
        if (ec) {
            // Beast has refused the upgrade with an answer of its own.
            return async_teardown(beast::role_type::server, ws_.next_layer(),
                                  [self = shared_from_this()](error_code) { self->drop(); });
        }
        exchange_.reset();
        phase_ = phase::open;
        end_time_limit();
        ws_.control_callback([this](websocket::frame_type kind, beast::string_view) {
            is_heard_ = true;
            // Beast answers it at once. The answers to what came before it go first.
            write_gathered();
            if (kind == websocket::frame_type::close && phase_ == phase::open) begin_end(phase::leaving);
        });
        ws_.next_layer().start_frames([this](std::uint16_t code) { return on_unreadable(code); });
        ping_later();
        read();
        hub_->opened(transport_);
    }

    /// Beast is about to close the connection with this code.
    bool on_unreadable(std::uint16_t code) {
        if (phase_ != phase::open) return false;
        begin_end(phase::refusing);
        hub_->received_bad_frame(transport_, code);
        return true;
    }

    /// The service pings at an interval, whatever goes on. A client of which nothing came from one ping to the next is
    /// gone (sessions.md section 9). Beast's own pings would come only where nothing else does.
    void ping_later() {
        next_ping_.expires_after(hub_->keep_alive_interval());
        next_ping_.async_wait([weak = weak_from_this()](error_code canceled) {
            if (const auto self = weak.lock(); self && !canceled) self->ping();
        });
    }

    void ping() {
        if (phase_ != phase::open) return;
        if (!std::exchange(is_heard_, false) && !is_paused_) return end(close_code::abnormal, "PingTimeout");
        if (!std::exchange(is_pinging_, true)) {
            ws_.async_ping({}, [self = shared_from_this()](error_code ec) {
                self->is_pinging_ = false;
                // Nothing else tells the end of a client that is not read.
                if (ec && self->phase_ == phase::open) self->drop();
            });
        }
        ping_later();
    }

    void read() {
        if (is_reading_ || (phase_ != phase::closing && (phase_ != phase::open || is_paused_))) return;
        is_reading_ = true;
        ws_.async_read_some(buffer_.prepare(std::min(chunk, max_read_ - buffer_.size())),
                            [self = shared_from_this()](error_code ec, std::size_t size) {
                                self->is_heard_ = true;
                                self->buffer_.commit(size);
                                self->on_read(ec);
                            });
    }

    void on_read(error_code ec) {
        if (phase_ == phase::over) return;
        // A client that has said why it closes need not wait for the answer.
        if (ec == websocket::error::closed || (ec && phase_ == phase::leaving)) return end_as_the_client_says();
        if (ec) return drop();
        if (phase_ == phase::closing) {
            // Until the client's close frame comes.
            buffer_.clear();
        } else if (ws_.is_message_done()) {
            take_frame();
        } else if (buffer_.size() == max_read_) {
            hub_->received_bad_frame(transport_, close_code::message_too_big);
            buffer_.clear();
        }
        is_reading_ = false;
        read();
    }

    void take_frame() {
        const auto bytes = buffer_.cdata();
        hub_->received(transport_, ws_.got_text() ? frame_kind::text : frame_kind::binary,
                       {static_cast<const char*>(bytes.data()), bytes.size()});
        buffer_.clear();
        if (buffer_.capacity() > chunk) buffer_.shrink_to_fit();
    }

    /// At the end of the turn, with what comes until then.
    void write_later() { context_.writers.push_back(weak_from_this()); }

    void on_written(error_code ec) {
        const auto count = writing_.count();
        writing_.clear();
        if (phase_ == phase::over) return;
        if (ec) return drop();
        if (!waiting_.empty()) write_later();
        hub_->written(transport_, count);
    }

    session_context& context_;
    websocket::stream<byte_stream, false> ws_;
    net::steady_timer deadline_;
    net::steady_timer next_ping_;
    std::unique_ptr<http_exchange> exchange_;
    beast::flat_buffer buffer_;
    std::size_t max_read_ = 0;

    hub_loop* hub_ = nullptr;
    transport_id transport_{};
    admission_id admission_{};
    phase phase_ = phase::upgrading;

    gathered_write writing_;
    /// What comes before the turn of the event loop ends, or while something is being written.
    gathered_write waiting_;
    /// A read is under way, or what it has brought is being taken.
    bool is_reading_ = false;
    bool is_paused_ = false;
    bool is_pinging_ = false;
    /// Something has come since the last ping, or there was none yet.
    bool is_heard_ = true;
};

} // namespace

void start_session(tcp_socket socket, session_context& context) {
    if (context.is_ending) return;
    auto exchange = std::make_unique<http_exchange>(context.hubs->max_body_size());
    std::make_shared<session>(byte_stream(std::move(socket), context.tls), std::move(exchange), context)->start();
}

} // namespace emulator
