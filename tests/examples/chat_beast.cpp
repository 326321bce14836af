// SPDX-License-Identifier: MIT
//
// A chat in the terminal: how to use webpubsub with Boost.Beast. The library does no I/O: the program tells its client
// what happens (a connection is open, a frame came, a time is up, a line was typed), and then `pump` hands out what is
// to be done: `open`, `write` or `close` a connection, `arm` a timer, and events for the application, here to `on`.

#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/text/websocket_address.hpp>
#include <webpubsub/client/pump.hpp>
#include <webpubsub/codec/all_codecs.hpp>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <iostream>
#include <random>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using namespace webpubsub;
using namespace webpubsub::client_events;
using boost::system::error_code;
using std::string;
using tls_stream = asio::ssl::stream<beast::tcp_stream>;
steady_time now() { return std::chrono::steady_clock::now(); }
void say(const string& text) { std::cerr << "* " << text << std::endl; }

/// `Stream` carries the WebSocket connections: a beast::tcp_stream for ws://, a tls_stream for wss://.
template <class Stream>
struct chat {
    struct connection {
        websocket::stream<Stream> ws;
        transport_id id;
        websocket::response_type answer{beast::http::status::unknown, 11};
        beast::flat_buffer buffer{};
    };

    asio::io_context& io;
    std::function<Stream()> new_stream;
    client session;
    string group, typed{};
    std::uint64_t lines = 0;
    bool reading = false, ending = false;
    steady_time wake{};
    std::shared_ptr<connection> current{};
    asio::ip::tcp::resolver resolver{io};
    asio::signal_set signals{io, SIGINT, SIGTERM};
    asio::posix::stream_descriptor input{io, ::dup(STDIN_FILENO)};

    void run() {
        auto work = asio::make_work_guard(io);
        signals.async_wait([this](error_code, int) { ending = true; });
        session.start(now()).value(), go_on();
        while (!ending) step();
        // Every line gets its outcome and the connection is closed, if that does not take too long.
        const auto latest = now() + std::chrono::seconds(5);
        session.finish(now(), std::chrono::seconds(4)), go_on();
        while (session.state() != client_state::stopped) step();
        work.reset(), signals.cancel(), input.cancel(), io.run_until(latest);
        input.native_non_blocking(false); // as the terminal was before
    }

    /// Waits until something happens and the client is told of it, then does what the client wants.
    void step() {
        io.run_one_until(wake);
        if (now() >= wake) session.handle_timeout(now());
        go_on();
    }
    void go_on() {
        pump(session, *this, [this](const auto& event) { this->on(event); });
        if (!ending && !reading && session.pending_requests() < 100) read_line();
    }

    // What the client wants of the transport.
    void arm(std::optional<steady_time> when) { wake = when.value_or(steady_time::max()); }
    void open(const open_transport& wanted) {
        const auto where = parse_websocket_address(wanted.url).value();
        current.reset(new connection{websocket::stream<Stream>(new_stream()), wanted.transport});
        current->ws.set_option(websocket::stream_base::decorator(
            [offer = wanted.subprotocol](auto& request) { request.set("Sec-WebSocket-Protocol", offer); }));
        resolver.async_resolve(where.host, std::to_string(where.port), then([=, this](const auto& found) {
            beast::get_lowest_layer(current->ws).async_connect(found, then([=, this](const auto&) {
                secure(current->ws.next_layer(), where.host, [=, this] {
                    current->ws.async_handshake(current->answer, where.host_header, where.target, then([this] {
                        session.handle_opened(now(), current->id, current->answer["Sec-WebSocket-Protocol"]);
                        read();
                    }));
                });
            }));
        }));
    }
    void secure(beast::tcp_stream&, const string&, auto next) { next(); }
    void secure(tls_stream& stream, const string& host, auto next) {
        stream.set_verify_callback(asio::ssl::host_name_verification(host));
        SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
        stream.async_handshake(tls_stream::client, then(next));
    }
    void read() {
        current->ws.async_read(current->buffer, then([this](std::size_t) {
            const auto kind = current->ws.got_text() ? frame_kind::text : frame_kind::binary;
            session.handle_frame(now(), current->id, kind, beast::buffers_to_string(current->buffer.data())).value();
            current->buffer.clear();
            read();
        }));
    }
    void write(const transmit& message) {
        current->ws.text(message.kind == frame_kind::text);
        const auto written = [this, message](std::size_t) { session.handle_written(now(), message.transport); };
        current->ws.async_write(asio::buffer(message.bytes()), then(written));
    }
    void close(const close_transport& how) {
        const auto old = std::exchange(current, nullptr);
        if (!old->ws.is_open() || how.code == close_code::none) return beast::get_lowest_layer(old->ws).close();
        old->ws.async_close({websocket::close_code{how.code}, how.reason}, [old](error_code) {});
    }
    /// A handler that goes on with `next` unless the connection, which it keeps alive, has failed or was given up.
    auto then(auto next) {
        return [this, mine = current, next](error_code ec, const auto&... results) -> void {
            if (mine == current) ec ? failed(ec) : next(results...);
        };
    }
    void failed(error_code ec) {
        const auto old = std::exchange(current, nullptr);
        const auto& [code, reason] = old->ws.reason();
        const unsigned status = old->answer.result_int();
        say(ec == websocket::error::upgrade_declined ? "HTTP status " + std::to_string(status) : ec.message());
        status == 101 ? session.handle_closed(now(), old->id, code != 0 ? code : close_code::abnormal, reason.c_str())
                      : session.handle_open_failed(now(), old->id, status);
    }

    // What the client tells the application.
    void on(const connected& e) {
        say("connected as " + (e.user_id.empty() ? "nobody" : e.user_id));
        if (!session.groups().contains(group)) session.join_group(now(), group).value(); // later it rejoins by itself
    }
    void on(const recovering&) { say("connection lost, recovering"); }
    void on(const recovered&) { say("recovered, nothing is lost"); }
    void on(const disconnected& e) { if (!ending) say("disconnected, connecting again: " + e.reason + e.message); }
    void on(const connect_failed& e) { say("can't connect, attempt " + std::to_string(e.attempt) + " " + e.reason); }
    void on(const rejoin_failed& e) { say("joining the group again: " + e.error.message); }
    void on(const request_completed& e) {
        if (e.status == request_status::succeeded) return e.tag == 0 ? say("joined " + group) : void();
        const string what = e.tag == 0 ? "joining the group: " : "line " + std::to_string(e.tag) + ": ";
        say(what + (e.error.name.empty() ? string(name_of(e.status)) : e.error.name + ": " + e.error.message));
    }
    void on(const group_message& e) {
        string line = (e.from_user_id.empty() ? "nobody" : e.from_user_id) + ": " + e.data.bytes;
        for (char& c : line) c = static_cast<unsigned char>(c) < ' ' ? '?' : c; // nothing that controls a terminal
        std::cout << line << std::endl;
    }
    void on(const need_url& e) {
        const auto service = parse_connection_string(std::getenv("WEBPUBSUB_CONNECTION_STRING")).value();
        client_token_options token;
        if (const char* user = std::getenv("USER")) token.user_id = user;
        token.roles = {"webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"};
        const auto url = mint_client_url(service, "chat", token, std::chrono::system_clock::now(), openssl_hmac{});
        url ? session.provide_url(now(), e.request, *url, token.lifetime) : session.fail_url(now(), e.request);
    }
    void on(const auto&) {}

    void read_line() {
        reading = true;
        asio::async_read_until(input, asio::dynamic_buffer(typed), '\n', [this](error_code ec, std::size_t size) {
            reading = false;
            if (ending || (ec && typed.empty())) return static_cast<void>(ending = true);
            if (ec) ending = true, size = typed.size() + 1; // the last line may lack its end
            const auto line = text_payload(typed.substr(0, size - 1));
            typed.erase(0, size);
            const auto sent = session.send_to_group(now(), group, line, {.tag = ++lines, .no_echo = true});
            if (!sent) say("line " + std::to_string(lines) + ": " + message_of(sent.error().code));
        });
    }
};

int main(int argc, char** argv) try {
    std::vector<string> words(argv + 1, argv + argc);
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_verify_mode(asio::ssl::verify_peer);
    tls.set_default_verify_paths();
    string subprotocol = "json.reliable.webpubsub.azure.v1";
    for (; words.size() > 2 && words.rbegin()[1].starts_with("--"); words.resize(words.size() - 2))
        words.rbegin()[1] == "--ca" ? tls.load_verify_file(words.back()) : void(subprotocol = words.back());
    const char* const account = std::getenv("WEBPUBSUB_CONNECTION_STRING");
    if (words.size() == 1 && account != nullptr) words.insert(words.begin(), "");
    const auto form = find_codec(subprotocol);
    if (words.size() != 2 || !form) throw std::runtime_error("usage: chat_beast [URL] GROUP [--ca FILE] [--subprotocol NAME]");
    const auto where = words[0].empty() ? parse_connection_string(account).value().endpoint
                                        : parse_client_url(words[0]).value().endpoint;
    client session(*form, {.url = words[0], .seed = std::random_device{}()});
    asio::io_context io;
    where.secure ? chat<tls_stream>{io, [&] { return tls_stream(io, tls); }, session, words[1]}.run()
                 : chat<beast::tcp_stream>{io, [&] { return beast::tcp_stream(io); }, session, words[1]}.run();
} catch (const std::exception& problem) {
    say(problem.what());
    return 1;
}
