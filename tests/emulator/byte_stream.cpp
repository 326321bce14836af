// SPDX-License-Identifier: MIT
#include "byte_stream.hpp"

#include "close_codes.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <algorithm>
#include <deque>
#include <optional>

namespace emulator {

namespace {

/// Two bytes of header, two of the code (RFC 6455 section 5.5.1).
constexpr std::size_t bare_close_size = 4;

/// The close frame that Beast is about to write, whole and in one piece. Empty for anything else.
std::string close_frame_in(const write_buffers& buffers) {
    if (buffers.size() != 1 || buffers.front().size() < bare_close_size) return {};
    std::string frame(static_cast<const char*>(buffers.front().data()), 2);
    const bool is_close = frame[0] == '\x88' && frame[1] == static_cast<char>(buffers.front().size() - 2);
    return is_close ? frame.append(static_cast<const char*>(buffers.front().data()) + 2, buffers.front().size() - 2)
                    : std::string();
}

std::uint16_t code_of(const std::string& frame) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(frame[2]) << 8 | static_cast<unsigned char>(frame[3]));
}

std::string close_frame(std::uint16_t code, const std::string& reason) {
    std::string frame{static_cast<char>(0x88), static_cast<char>(2 + reason.size()), static_cast<char>(code >> 8),
                      static_cast<char>(code & 0xFF)};
    return frame + reason;
}

} // namespace

void moved_connection::tls_end::operator()(ssl_st* ended) const { SSL_free(ended); }

class byte_stream::connection final : public std::enable_shared_from_this<connection> {
public:
    connection(tcp_socket connected, net::ssl::context* tls) : socket(std::move(connected)) {
        if (tls != nullptr) tls_.emplace(socket, *tls);
    }
    explicit connection(moved_connection&& from) : socket(std::move(from.socket)) {
        // It gets new buffers for what goes between TLS and the socket.
        if (from.tls) tls_.emplace(socket, from.tls.release());
    }

    std::optional<moved_connection> move_to(net::io_context& other) {
        auto* const tls = tls_ ? tls_->native_handle() : nullptr;
        if (tls != nullptr && (SSL_has_pending(tls) != 0 || BIO_pending(SSL_get_rbio(tls)) != 0)) return std::nullopt;
        moved_connection out{tcp_socket(other), {}};
        error_code ec;
        const auto protocol = socket.local_endpoint(ec).protocol();
        if (tls != nullptr) {
            SSL_up_ref(tls);
            out.tls.reset(tls);
            tls_.reset();
        }
        const auto handle = socket.release(ec);
        if (!ec) out.socket.assign(protocol, handle, ec);
        return out;
    }

    void handshake(io_handler done) {
        if (!tls_) return post(std::move(done), {}, 0);
        tls_->async_handshake(net::ssl::stream_base::server, std::move(done));
    }

    void handshake_with(const std::string& host, io_handler done) {
        SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
        tls_->set_verify_callback(net::ssl::host_name_verification(host));
        tls_->async_handshake(net::ssl::stream_base::client, std::move(done));
    }

    void read(const read_buffers& buffers, io_handler done) {
        if (!frames_) {
            return with_stream([&](auto& stream) { stream.async_read_some(buffers, std::move(done)); });
        }
        with_stream([&](auto& stream) {
            stream.async_read_some(buffers, [this, self = shared_from_this(), buffers,
                                             done = std::move(done)](error_code ec, std::size_t size) mutable {
                filter(buffers, size);
                done(ec, size);
            });
        });
    }

    /// Of Beast.
    void write(write_buffers buffers, io_handler done) {
        // Nothing goes out behind a close frame.
        if (is_closed_) return post(std::move(done), {}, net::buffer_size(buffers));
        auto frame = frames_ ? close_frame_in(buffers) : std::string();
        if (frame.empty()) return enqueue(std::move(buffers), std::move(done));
        const auto size = frame.size();
        if (size == bare_close_size) {
            // The gate may call `write_close` at once.
            waiting_close_.emplace(std::move(done));
            if (gate_(code_of(frame))) return;
            done = std::move(*std::exchange(waiting_close_, std::nullopt));
        }
        if (frames_->has_changed() && code_of(frame) == close_codes::shown_to_beast) {
            frame = close_frame(close_codes::refused_by_beast, frame.substr(bare_close_size));
        }
        enqueue_close(std::move(frame), size, std::move(done));
    }

    void enqueue(write_buffers buffers, io_handler done) {
        outputs_.push_back({std::move(buffers), std::move(done)});
        if (outputs_.size() == 1) write_next();
    }

    void start_frames(close_gate gate) {
        frames_.emplace();
        gate_ = std::move(gate);
    }

    void write_close(std::uint16_t code, const std::string& reason) {
        if (is_closed_) return;
        auto done = std::exchange(waiting_close_, std::nullopt);
        enqueue_close(close_frame(code, reason), bare_close_size,
                      done ? std::move(*done) : io_handler([](error_code, std::size_t) {}));
    }

    void close() {
        error_code ignored;
        socket.close(ignored);
        gate_ = [](std::uint16_t) { return false; };
        if (auto done = std::exchange(waiting_close_, std::nullopt)) {
            post(std::move(*done), net::error::operation_aborted, 0);
        }
    }

    void teardown(io_handler done) {
        if (!outputs_.empty()) {
            waiting_teardown_.emplace(std::move(done));
            return;
        }
        with_stream([&](auto& stream) {
            using boost::beast::async_teardown;
            using boost::beast::websocket::async_teardown;
            async_teardown(boost::beast::role_type::server, stream, std::move(done));
        });
    }

    bool has_changed_close_code() const { return frames_ && frames_->has_changed(); }

    tcp_socket socket;

private:
    using tls_stream = net::ssl::stream<tcp_socket&>;

    struct output {
        write_buffers buffers;
        io_handler done;
    };

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

    void filter(const read_buffers& buffers, std::size_t size) {
        for (const auto& part : buffers) {
            const auto filled = std::min(part.size(), size);
            frames_->filter(static_cast<unsigned char*>(part.data()), filled);
            size -= filled;
        }
    }

    /// Beast is told that what it wanted to write is written.
    void enqueue_close(std::string frame, std::size_t size_for_beast, io_handler done) {
        is_closed_ = true;
        close_frame_ = std::move(frame);
        enqueue({net::buffer(close_frame_)},
                io_handler([size_for_beast, done = std::move(done)](error_code ec, std::size_t) mutable {
                    done(ec, ec ? 0 : size_for_beast);
                }));
    }

    void write_next() {
        with_stream([this](auto& stream) {
            net::async_write(
                stream, outputs_.front().buffers,
                [this, self = shared_from_this()](error_code ec, std::size_t size) { on_written(ec, size); });
        });
    }

    void on_written(error_code ec, std::size_t size) {
        auto done = std::move(outputs_.front().done);
        outputs_.pop_front();
        if (!outputs_.empty()) {
            write_next();
        } else if (auto last = std::exchange(waiting_teardown_, std::nullopt)) {
            teardown(std::move(*last));
        }
        done(ec, size);
    }

    std::optional<tls_stream> tls_;
    /// The first is under way.
    std::deque<output> outputs_;
    std::optional<io_handler> waiting_teardown_;
    /// Since frames go by.
    std::optional<close_codes> frames_;
    close_gate gate_;
    std::optional<io_handler> waiting_close_;
    /// The one that goes out, since it does.
    std::string close_frame_;
    bool is_closed_ = false;
};

byte_stream::byte_stream(tcp_socket socket, net::ssl::context* tls)
    : connection_(std::make_shared<connection>(std::move(socket), tls)) {}

byte_stream::byte_stream(moved_connection&& from) : connection_(std::make_shared<connection>(std::move(from))) {}

std::optional<moved_connection> byte_stream::move_to(net::io_context& other) { return connection_->move_to(other); }

tcp_socket& byte_stream::next_layer() { return connection_->socket; }

void byte_stream::start_frames(close_gate gate) { connection_->start_frames(std::move(gate)); }

void byte_stream::write_close(std::uint16_t code, const std::string& reason) { connection_->write_close(code, reason); }

void byte_stream::close() { connection_->close(); }

std::uint16_t byte_stream::peers_close_code(std::uint16_t seen) const {
    return seen == close_codes::shown_to_beast && connection_->has_changed_close_code() ? close_codes::refused_by_beast
                                                                                        : seen;
}

void byte_stream::start_handshake(io_handler done) { connection_->handshake(std::move(done)); }

void byte_stream::start_client_handshake(const std::string& host, io_handler done) {
    connection_->handshake_with(host, std::move(done));
}

void byte_stream::start_read(const read_buffers& buffers, io_handler done) {
    connection_->read(buffers, std::move(done));
}

void byte_stream::start_write(write_buffers buffers, io_handler done) {
    connection_->write(std::move(buffers), std::move(done));
}

void byte_stream::start_write_frames(write_buffers frames, io_handler done) {
    connection_->enqueue(std::move(frames), std::move(done));
}

void byte_stream::start_teardown(io_handler done) { connection_->teardown(std::move(done)); }

} // namespace emulator
