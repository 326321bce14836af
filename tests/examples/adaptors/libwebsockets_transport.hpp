// SPDX-License-Identifier: MIT
#pragma once

// This adaptor fits libwebsockets to a webpubsub::client. Copy the file into your program as it is. It was tried with
// libwebsockets 4.1 and works with whatever event loop the context has.
//
// What the client is told, and what it is not:
//   - The status, the reason and the `Retry-After` in seconds of a refused handshake are told.
//   - The close code is the peer's, but for 1002: libwebsockets replaces 1004 to 1006 and 1012 to 1015 by 1002 before
//     anybody sees them. So 1002 may be any of them, and the client is told 1006 (abnormal).
//   - A message that is longer than `client_frame_options::max_received_size` ends the connection with 1006.
//
// The adaptor, its client and the context belong to one thread. End the adaptor before the context.

#include <webpubsub/client/client.hpp>
#include <webpubsub/text/websocket_address.hpp>

#include <libwebsockets.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace examples {

class libwebsockets_transport {
public:
    /// How long the peer may take to answer a close frame, in seconds.
    static constexpr int close_time = 5;

    /// The context that the adaptor uses has this protocol, as the first of its list.
    static constexpr lws_protocols protocol() {
        lws_protocols mine{};
        mine.name = "webpubsub";
        mine.callback = &libwebsockets_transport::call_back;
        return mine;
    }

    libwebsockets_transport(lws_context* context, webpubsub::client& client) : context_(context), client_(client) {
        timer_.owner = opener_.owner = this;
    }
    libwebsockets_transport(const libwebsockets_transport&) = delete;
    libwebsockets_transport& operator=(const libwebsockets_transport&) = delete;
    ~libwebsockets_transport() {
        lws_sul_cancel(&timer_);
        lws_sul_cancel(&opener_);
        for (auto& each : connections_) {
            lws_sul_cancel(&each);
            if (each.wsi != nullptr) lws_set_opaque_user_data(each.wsi, nullptr);
        }
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

    /// Whether every connection is closed, the last close frame included.
    bool is_idle() const { return connections_.empty(); }

    // What the pump calls.

    void open(const webpubsub::client_orders::open_transport& order) {
        auto& fresh = connections_.emplace_back();
        fresh.owner = this;
        fresh.id = order.transport;
        fresh.url = order.url;
        fresh.subprotocol = order.subprotocol;
        current_ = &fresh;
        // Not at once: this may be called from a callback of the connection that is being closed.
        lws_sul_schedule(
            context_, 0, &opener_, [](lws_sorted_usec_list_t* self) { static_cast<alarm*>(self)->owner->connect(); },
            1);
    }

    void write(const webpubsub::transmit& message) {
        if (current_ == nullptr || current_->wsi == nullptr) return;
        current_->queue.push_back(message);
        lws_callback_on_writable(current_->wsi);
    }

    void close(const webpubsub::client_orders::close_transport& order) {
        const auto old = std::exchange(current_, nullptr);
        if (old == nullptr) return;
        // The client has let go of this connection: nothing of it is told any more.
        if (old->wsi == nullptr) return forget(*old);
        if (!old->is_open || order.code == webpubsub::close_code::none) return cut(*old);
        old->own_code = order.code;
        old->reason = order.reason;
        lws_callback_on_writable(old->wsi);
        // A write that is blocked is not followed by anything.
        lws_sul_schedule(
            context_, 0, old, [](lws_sorted_usec_list_t* self) { cut(*static_cast<connection*>(self)); },
            close_time * lws_usec_t{1000} * 1000);
    }

    void arm(std::optional<webpubsub::steady_time> when) {
        lws_sul_cancel(&timer_);
        if (!when) return;
        const auto wait = std::chrono::ceil<std::chrono::microseconds>(*when - now()).count();
        lws_sul_schedule(
            context_, 0, &timer_,
            [](lws_sorted_usec_list_t* self) { static_cast<alarm*>(self)->owner->handle_timeout_(); },
            std::clamp<lws_usec_t>(wait, 1, longest_wait));
    }

private:
    static constexpr lws_usec_t longest_wait = lws_usec_t{3600} * 1000 * 1000;

    struct alarm : lws_sorted_usec_list_t {
        alarm() : lws_sorted_usec_list_t{} {}
        libwebsockets_transport* owner = nullptr;
    };

    /// From `open` to the end of what libwebsockets knows of it. The base is the time limit of its end.
    struct connection : lws_sorted_usec_list_t {
        connection() : lws_sorted_usec_list_t{} {}
        libwebsockets_transport* owner = nullptr;
        webpubsub::transport_id id{};
        std::string url, subprotocol;
        lws* wsi = nullptr;
        bool is_open = false;
        /// What the client will be told.
        std::uint16_t code = webpubsub::close_code::abnormal;
        std::string reason;
        webpubsub::open_failure failure{};
        /// Of the close frame that the client wants to be sent.
        std::uint16_t own_code = 0;
        std::string incoming;
        std::deque<webpubsub::transmit> queue;
    };

    static webpubsub::steady_time now() { return std::chrono::steady_clock::now(); }

    void connect() {
        if (current_ == nullptr || current_->wsi != nullptr) return;
        auto& fresh = *current_;
        const auto address = webpubsub::parse_websocket_address(fresh.url);
        if (!address) {
            fresh.reason = address.error().message();
            return report_end(fresh);
        }
        lws_client_connect_info info{};
        info.context = context_;
        info.address = address->host.c_str();
        info.port = address->port;
        info.host = address->host_header.c_str();
        info.path = address->target.c_str();
        info.protocol = fresh.subprotocol.empty() ? nullptr : fresh.subprotocol.c_str();
        info.local_protocol_name = "webpubsub";
        info.ssl_connection = address->secure ? LCCSCF_USE_SSL : 0; // certificates are verified
        info.alpn = "http/1.1";
        info.opaque_user_data = &fresh;
        const auto id = fresh.id;
        const auto wsi = lws_client_connect_via_info(&info);
        if (current_ == nullptr || current_->id != id) return; // it has failed already, and that was told
        current_->wsi = wsi;
        if (wsi != nullptr) return;
        if (current_->reason.empty()) current_->reason = "can't connect to " + address->host;
        report_end(*current_);
    }

    /// Tells the client, unless it has let go of the connection.
    void report_end(connection& over) {
        const bool tell = current_ == &over;
        if (tell) {
            current_ = nullptr;
            if (over.is_open) {
                client_.handle_closed(now(), over.id, over.code, over.reason);
            } else {
                over.failure.reason = over.reason;
                client_.handle_open_failed(now(), over.id, over.failure);
            }
        }
        forget(over);
        if (tell) run_pump_();
    }

    /// Ends the connection without a close frame. Of itself libwebsockets would wait for what it has not written.
    static void cut(connection& over) {
        const auto socket = lws_get_socket_fd(over.wsi);
        if (socket != LWS_SOCK_INVALID) ::shutdown(socket, SHUT_RDWR);
        lws_set_timeout(over.wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    }

    void forget(connection& over) {
        lws_sul_cancel(&over);
        connections_.remove_if([&over](const connection& each) { return &each == &over; });
    }

    static int call_back(lws* wsi, lws_callback_reasons what, void* user, void* in, std::size_t size) {
        if (wsi == nullptr) return 0;
        // The first protocol of a context is also told of the end of what belongs to others.
        const auto* const protocol = lws_get_protocol(wsi);
        if (protocol != nullptr && protocol->callback != &libwebsockets_transport::call_back) return 0;
        const auto mine = static_cast<connection*>(lws_get_opaque_user_data(wsi));
        if (mine == nullptr) return 0;
        mine->wsi = wsi;
        if (what == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION) {
            // The size is whether OpenSSL is content, and the error that libwebsockets tells later does not say why.
            const int problem = X509_STORE_CTX_get_error(static_cast<X509_STORE_CTX*>(user));
            if (size == 0) mine->reason = std::string("certificate: ") + X509_verify_cert_error_string(problem);
            return 0;
        }
        return mine->owner->happened(*mine, what, {static_cast<const char*>(in), in != nullptr ? size : 0});
    }

    /// The result is 0, or -1 to end the connection.
    int happened(connection& mine, lws_callback_reasons what, std::string_view in) {
        if (what == LWS_CALLBACK_WSI_DESTROY) return report_end(mine), 0;
        if (&mine != current_) return what == LWS_CALLBACK_CLIENT_WRITEABLE ? send_close_frame(mine) : 0;
        switch (what) {
        case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH: // the last that sees the headers
            mine.subprotocol = header(mine, WSI_TOKEN_PROTOCOL);
            return 0;
        case LWS_CALLBACK_CLIENT_ESTABLISHED:
            mine.is_open = true;
            client_.handle_opened(now(), mine.id, mine.subprotocol);
            run_pump_();
            return 0;
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: note_refusal(mine, in); return 0;
        case LWS_CALLBACK_CLIENT_RECEIVE: return receive(mine, in);
        case LWS_CALLBACK_CLIENT_WRITEABLE: return write_first(mine);
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: note_close(mine, in); return 0;
        default: return 0;
        }
    }

    void note_refusal(connection& mine, std::string_view why) {
        mine.failure.http_status = lws_http_client_http_response(mine.wsi);
        if (mine.failure.http_status != 0) {
            mine.reason = "HTTP status " + std::to_string(mine.failure.http_status);
            const auto wait = header(mine, WSI_TOKEN_HTTP_RETRY_AFTER);
            unsigned seconds = 0;
            const auto read = std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
            if (!wait.empty() && read.ptr == wait.data() + wait.size() && read.ec == std::errc()) {
                mine.failure.retry_after = std::chrono::seconds(seconds);
            }
        }
        if (mine.reason.empty()) mine.reason = why;
    }

    int receive(connection& mine, std::string_view bytes) {
        if (mine.incoming.size() + bytes.size() > client_.options().frames.max_received_size) return -1;
        mine.incoming += bytes;
        if (!lws_is_final_fragment(mine.wsi)) return 0;
        const auto kind = lws_frame_is_binary(mine.wsi) ? webpubsub::frame_kind::binary : webpubsub::frame_kind::text;
        // It is always taken, since the pump takes all events at once.
        (void)client_.handle_frame(now(), mine.id, kind, std::exchange(mine.incoming, {}));
        run_pump_();
        return 0;
    }

    int write_first(connection& mine) {
        if (mine.queue.empty()) return 0;
        const auto message = std::move(mine.queue.front());
        mine.queue.pop_front();
        // libwebsockets masks the bytes in place and writes the frame's head before them.
        std::string bytes(LWS_PRE, '\0');
        bytes += message.bytes();
        const auto kind = message.kind == webpubsub::frame_kind::binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
        const auto start = reinterpret_cast<unsigned char*>(bytes.data() + LWS_PRE);
        if (lws_write(mine.wsi, start, message.bytes().size(), kind) < 0) return -1;
        // It keeps what the socket does not take, and calls back when that is written.
        if (!mine.queue.empty()) lws_callback_on_writable(mine.wsi);
        client_.handle_written(now(), mine.id);
        run_pump_();
        return 0;
    }

    static int send_close_frame(connection& mine) {
        if (mine.own_code == 0) return -1;
        lws_close_reason(mine.wsi, lws_close_status(mine.own_code),
                         reinterpret_cast<unsigned char*>(mine.reason.data()), mine.reason.size());
        return -1;
    }

    static void note_close(connection& mine, std::string_view payload) {
        const auto byte = [payload](std::size_t at) { return static_cast<unsigned char>(payload[at]); };
        if (payload.size() < 2) {
            mine.code = webpubsub::close_code::none;
            return;
        }
        const auto code = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
        mine.code = code == webpubsub::close_code::protocol_error ? webpubsub::close_code::abnormal : code;
        mine.reason = payload.substr(2);
    }

    static std::string header(const connection& mine, lws_token_indexes name) {
        char bytes[128] = "";
        lws_hdr_copy(mine.wsi, bytes, sizeof bytes, name);
        return bytes;
    }

    lws_context* context_;
    webpubsub::client& client_;
    alarm timer_, opener_;
    /// A list, since libwebsockets keeps pointers to its members.
    std::list<connection> connections_;
    connection* current_ = nullptr;
    std::function<void()> run_pump_;
    std::function<void()> handle_timeout_;
};

} // namespace examples
