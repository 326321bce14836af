// SPDX-License-Identifier: MIT
#include "byte_stream.hpp"

#include "flush_turns.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <optional>

namespace emulator {

namespace {

/// Two bytes of header, two of the code (RFC 6455 section 5.5.1).
constexpr std::size_t bare_close_size = 4;

std::optional<std::uint16_t> bare_close_code(const buffer_list<net::const_buffer>& buffers) {
    if (net::buffer_size(buffers) != bare_close_size) return std::nullopt;
    std::array<unsigned char, bare_close_size> bytes{};
    net::buffer_copy(net::buffer(bytes), buffers);
    if (bytes[0] != 0x88 || bytes[1] != 2) return std::nullopt;
    return static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]);
}

std::string close_frame(std::uint16_t code, const std::string& reason) {
    std::string frame{static_cast<char>(0x88), static_cast<char>(2 + reason.size()), static_cast<char>(code >> 8),
                      static_cast<char>(code & 0xFF)};
    return frame + reason;
}

} // namespace

class byte_stream::connection final : public held_output, public std::enable_shared_from_this<connection> {
public:
    connection(tcp_socket connected, net::ssl::context* tls, flush_turns& turns)
        : socket(std::move(connected)), turns_(turns) {
        if (tls != nullptr) tls_.emplace(socket, *tls);
    }

    void handshake(io_handler done) {
        if (!tls_) return post(std::move(done), {}, 0);
        tls_->async_handshake(net::ssl::stream_base::server, std::move(done));
    }

    void read(const buffer_list<net::mutable_buffer>& buffers, io_handler done) {
        with_stream([&](auto& stream) { stream.async_read_some(buffers, std::move(done)); });
    }

    /// One at a time, and none beside `teardown`.
    void write(const buffer_list<net::const_buffer>& buffers, io_handler done) {
        const auto size = net::buffer_size(buffers);
        if (failure_) {
            post(std::move(done), failure_, 0);
        } else if (size <= max_short && held_.size() < max_held) {
            for (const auto& part : buffers) held_.append(static_cast<const char*>(part.data()), part.size());
            post(std::move(done), {}, size);
            flush_soon();
        } else if (is_flushed()) {
            with_stream([&](auto& stream) { stream.async_write_some(buffers, std::move(done)); });
        } else {
            waiting_write_.emplace(buffers, std::move(done));
            start_flush();
        }
    }

    void teardown(io_handler done) {
        if (!failure_ && !is_flushed()) {
            waiting_teardown_.emplace(std::move(done));
            return start_flush();
        }
        with_stream([&](auto& stream) {
            using boost::beast::async_teardown;
            using boost::beast::websocket::async_teardown;
            async_teardown(boost::beast::role_type::server, stream, std::move(done));
        });
    }

    void flush() override {
        in_turns_ = false;
        start_flush();
    }

    tcp_socket socket;

private:
    using tls_stream = net::ssl::stream<tcp_socket&>;

    template <class Use>
    void with_stream(Use&& use) {
        if (tls_) {
            use(*tls_);
        } else {
            use(socket);
        }
    }

    void post(io_handler done, error_code ec, std::size_t size) {
        net::post(socket.get_executor(), [done = std::move(done), ec, size]() mutable { done(ec, size); });
    }

    bool is_flushed() const { return held_.empty() && !flushing_; }

    void flush_soon() {
        if (held_.size() >= max_held) return start_flush();
        if (!std::exchange(in_turns_, true)) turns_.add(shared_from_this());
    }

    void start_flush() {
        if (held_.empty()) return;
        again_ = flushing_;
        if (std::exchange(flushing_, true)) return;
        in_flight_.swap(held_);
        with_stream([this](auto& stream) {
            net::async_write(stream, net::buffer(in_flight_),
                             [self = shared_from_this()](error_code ec, std::size_t) { self->on_flushed(ec); });
        });
    }

    void on_flushed(error_code ec) {
        flushing_ = false;
        in_flight_.clear();
        // Most connections are silent most of the time.
        if (held_.empty()) in_flight_.shrink_to_fit();
        if (ec) failure_ = ec;
        const bool again = std::exchange(again_, false);
        if (auto next = std::exchange(waiting_write_, std::nullopt)) {
            write(next->first, std::move(next->second));
        } else if (auto last = std::exchange(waiting_teardown_, std::nullopt)) {
            teardown(std::move(*last));
        } else if (again && !failure_) {
            start_flush();
        }
    }

    flush_turns& turns_;
    bool in_turns_ = false;
    std::optional<tls_stream> tls_;

    std::string held_;
    /// What is being sent of what was held.
    std::string in_flight_;
    bool flushing_ = false;
    /// Once more after that.
    bool again_ = false;
    error_code failure_;
    std::optional<std::pair<buffer_list<net::const_buffer>, io_handler>> waiting_write_;
    std::optional<io_handler> waiting_teardown_;
};

byte_stream::byte_stream(tcp_socket socket, net::ssl::context* tls, flush_turns& turns)
    : connection_(std::make_shared<connection>(std::move(socket), tls, turns)) {}

tcp_socket& byte_stream::next_layer() { return connection_->socket; }

void byte_stream::start_handshake(io_handler done) { connection_->handshake(std::move(done)); }

void byte_stream::start_read(const buffer_list<net::mutable_buffer>& buffers, io_handler done) {
    connection_->read(buffers, std::move(done));
}

void byte_stream::start_write(const buffer_list<net::const_buffer>& buffers, io_handler done) {
    if (const auto code = reason_of_ ? bare_close_code(buffers) : std::nullopt) {
        const auto* const frame = static_cast<const char*>(buffers.begin()->data());
        if (const auto reason = reason_of_(*code, frame); !reason.empty()) {
            close_frame_ = close_frame(*code, reason);
            return connection_->write(buffer_list<net::const_buffer>(net::buffer(close_frame_)),
                                      io_handler([done = std::move(done)](error_code ec, std::size_t) mutable {
                                          done(ec, ec ? 0 : bare_close_size);
                                      }));
        }
    }
    connection_->write(buffers, std::move(done));
}

void byte_stream::start_teardown(io_handler done) { connection_->teardown(std::move(done)); }

} // namespace emulator
