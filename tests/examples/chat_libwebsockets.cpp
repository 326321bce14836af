// SPDX-License-Identifier: MIT
//
// A chat in the terminal: how to use webpubsub with libwebsockets. The library does no I/O: the program tells its
// client what happens (a connection is open, a frame came, a time is up, a line was typed), and then `pump` hands out
// what is to be done: `open`, `write` or `close` a connection, `arm` a timer, and events for the application, to `on`
// in chat.hpp.

#include "chat.hpp"

#include <fcntl.h>
#include <libwebsockets.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/// Ends the wait of lws_service.
struct alarm_clock : lws_sorted_usec_list_t {
    lws_context* context;

    static void ring(lws_sorted_usec_list_t* self) { lws_cancel_service(static_cast<alarm_clock*>(self)->context); }
};

struct libwebsockets_chat : chat {
    steady_time wake{};
    lws_context* context = nullptr;
    alarm_clock alarm{};
    lws *input = nullptr, *interrupt = nullptr;
    // The connection, and the last one that was given up.
    lws *current = nullptr, *leaving = nullptr;
    transport_id id = 0;
    bool is_open = false;
    std::uint16_t code = 0;
    string subprotocol{}, reason{}, incoming{};
    std::optional<transmit> outgoing{};

    explicit libwebsockets_chat(const chat_settings& settings) : chat(settings) {
        lws_set_log_level(0, nullptr);
        static lws_protocols protocols[2];
        protocols[0].name = "chat";
        protocols[0].callback = [](lws* wsi, lws_callback_reasons what, void* user, void* in, std::size_t size) {
            const auto self = static_cast<libwebsockets_chat*>(lws_context_user(lws_get_context(wsi)));
            if (what == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION && size == 0) {
                const int problem = X509_STORE_CTX_get_error(static_cast<X509_STORE_CTX*>(user));
                self->reason = string("certificate verify failed: ") + X509_verify_cert_error_string(problem);
            }
            return self->happened(wsi, what, std::string_view(static_cast<const char*>(in), in != nullptr ? size : 0));
        };
        lws_context_creation_info info{};
        info.port = CONTEXT_PORT_NO_LISTEN;
        info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.protocols = protocols;
        info.user = this;
        // A URL with its token may be long.
        info.pt_serv_buf_size = 1 << 16;
        // Besides the authorities that the system knows.
        if (!settings.ca.empty()) info.client_ssl_ca_filepath = settings.ca.c_str();
        context = lws_create_context(&info);
        if (context == nullptr) throw std::runtime_error("libwebsockets does not start");
        alarm.context = context;
        sigset_t ends;
        sigemptyset(&ends), sigaddset(&ends, SIGINT), sigaddset(&ends, SIGTERM);
        sigprocmask(SIG_BLOCK, &ends, nullptr);
        interrupt = wait_for(::signalfd(-1, &ends, 0));
    }

    void run() {
        session.start(now()).value();
        go_on();
        while (!ending) step(steady_time::max());
        // Every line gets its outcome and the connection is closed, if that does not take too long.
        const auto latest = now() + std::chrono::seconds(5);
        session.finish(now(), std::chrono::seconds(4));
        go_on();
        while (session.state() != client_state::stopped) step(latest);
        while (leaving != nullptr && now() < latest) step(latest);
        lws_context_destroy(context);
        ::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) & ~O_NONBLOCK); // as the terminal was before
    }
    /// Closes the file once there is something to read, its end included.
    lws* wait_for(int file) {
        const auto host = lws_get_vhost_by_name(context, "default");
        lws_sock_file_fd_type descriptor;
        descriptor.filefd = file;
        return lws_adopt_descriptor_vhost(host, LWS_ADOPT_RAW_FILE_DESC, descriptor, "chat", nullptr);
    }

    /// Waits until something happens and the client is told of it, then does what the client wants.
    void step(steady_time latest) {
        const auto until = std::min(wake, latest);
        const lws_usec_t delay = std::chrono::ceil<std::chrono::microseconds>(until - now()).count();
        lws_sul_cancel(&alarm);
        if (until != steady_time::max())
            lws_sul_schedule(context, 0, &alarm, alarm.ring, std::max<lws_usec_t>(delay, 0));
        if (!is_lost()) lws_service(context, 0);
        if (is_lost()) report_lost();
        if (now() >= wake) session.handle_timeout(now());
        send_lines();
        go_on();
        if (!ending && input == nullptr && wants_input()) input = wait_for(::dup(STDIN_FILENO));
    }
    void go_on() {
        pump(session, *this, [this](const auto& event) { this->on(event); });
    }
    bool is_lost() const { return id != 0 && current == nullptr; }
    /// Not where it is noticed: the answer may be to open another one, and libwebsockets is still closing this one.
    void report_lost() {
        const auto lost = std::exchange(id, 0);
        say(is_open ? "closed, " + std::to_string(code) + " " + reason : reason);
        is_open ? session.handle_closed(now(), lost, code, reason) : session.handle_open_failed(now(), lost, code);
    }

    // What the client wants of the transport.
    void arm(std::optional<steady_time> when) { wake = when.value_or(steady_time::max()); }
    void open(const open_transport& wanted) {
        const auto where = parse_websocket_address(wanted.url).value();
        id = wanted.transport, is_open = false, code = 0;
        reason.clear(), incoming.clear(), outgoing.reset();
        lws_client_connect_info info{};
        info.context = context;
        info.address = where.host.c_str();
        info.port = where.port;
        info.host = where.host_header.c_str();
        info.path = where.target.c_str();
        info.protocol = wanted.subprotocol.c_str();
        info.local_protocol_name = "chat";
        info.ssl_connection = where.secure ? LCCSCF_USE_SSL : 0; // verifies, unless it is told not to
        info.alpn = "http/1.1";
        info.pwsi = &current;
        if (lws_client_connect_via_info(&info) == nullptr) reason = "can't connect to " + where.host;
    }
    void write(const transmit& message) {
        outgoing = message;
        lws_callback_on_writable(current);
    }
    void close(const close_transport& how) {
        id = 0;
        leaving = std::exchange(current, nullptr);
        const bool by_frame = is_open && how.code != close_code::none;
        lws_set_timeout(leaving, PENDING_TIMEOUT_USER_REASON_BASE, by_frame ? 5 : LWS_TO_KILL_ASYNC);
        if (!by_frame) return;
        string text = how.reason;
        lws_close_reason(leaving, lws_close_status(how.code), reinterpret_cast<unsigned char*>(text.data()),
                         text.size());
        lws_callback_on_writable(leaving); // and then it is closed
    }

    /// Called back by libwebsockets. The result is 0, or -1 to close.
    int happened(lws* wsi, lws_callback_reasons what, std::string_view in) {
        if (what == LWS_CALLBACK_WSI_DESTROY) {
            for (lws** known : {&current, &leaving, &input, &interrupt}) *known = *known == wsi ? nullptr : *known;
        } else if (what == LWS_CALLBACK_RAW_CLOSE_FILE) {
            if (wsi == interrupt) return ending = true, 0;
            char bytes[4096];
            const auto size = ::read(STDIN_FILENO, bytes, sizeof bytes);
            take_input({bytes, size > 0 ? static_cast<std::size_t>(size) : 0});
        } else if (wsi != current) {
            return what == LWS_CALLBACK_CLIENT_WRITEABLE || what == LWS_CALLBACK_RAW_RX_FILE ? -1 : 0;
        } else if (what == LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH) { // the last that sees the headers
            char bytes[128] = "";
            lws_hdr_copy(wsi, bytes, sizeof bytes, WSI_TOKEN_PROTOCOL);
            subprotocol = bytes;
        } else if (what == LWS_CALLBACK_CLIENT_ESTABLISHED) {
            is_open = true, code = close_code::abnormal, reason.clear();
            session.handle_opened(now(), id, subprotocol);
        } else if (what == LWS_CALLBACK_CLIENT_CONNECTION_ERROR) {
            code = static_cast<std::uint16_t>(lws_http_client_http_response(wsi));
            if (code != 0) reason = "HTTP status " + std::to_string(code);
            if (reason.empty()) reason = in;
        } else if (what == LWS_CALLBACK_CLIENT_RECEIVE) {
            // What is too long is handed on unfinished: the client judges it.
            if (incoming.size() <= session.options().max_received_frame_size) incoming += in;
            if (!lws_is_final_fragment(wsi)) return 0;
            const auto kind = lws_frame_is_binary(wsi) ? frame_kind::binary : frame_kind::text;
            session.handle_frame(now(), id, kind, std::exchange(incoming, "")).value();
            go_on(); // the next frame may follow at once
        } else if (what == LWS_CALLBACK_CLIENT_WRITEABLE && outgoing) {
            const auto message = *std::exchange(outgoing, std::nullopt);
            string bytes = string(LWS_PRE, '\0').append(message.bytes());
            const auto kind = message.kind == frame_kind::binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
            const auto start = reinterpret_cast<unsigned char*>(bytes.data() + LWS_PRE);
            if (lws_write(wsi, start, message.bytes().size(), kind) < 0) return -1;
            session.handle_written(now(), id);
        } else if (what == LWS_CALLBACK_WS_PEER_INITIATED_CLOSE) {
            const auto byte = [&in](std::size_t at) { return static_cast<unsigned char>(in[at]); };
            code = in.size() < 2 ? close_code::none : static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
            reason = in.substr(std::min<std::size_t>(2, in.size()));
        }
        return 0;
    }
};

int main(int argc, char** argv) try {
    libwebsockets_chat(chat_settings(argc, argv)).run();
} catch (const std::exception& problem) {
    say(problem.what());
    return 1;
}
