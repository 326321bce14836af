// SPDX-License-Identifier: MIT
//
// A hub of one's own, on Boost.Beast. Clients need a token; what they publish to groups goes to the members; an event
// or an invocation is answered with what it carries. What fits Beast to the hub is in adaptors/beast_hub_host.hpp.
//
// usage: hub_beast PORT ACCESS_KEY

#include "adaptors/beast_hub_host.hpp"

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/service/handshake.hpp>

#include <boost/asio/signal_set.hpp>

#include <openssl/rand.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace asio = boost::asio;
using boost::system::error_code;
using host = examples::beast_hub_host;
using acceptor = asio::basic_socket_acceptor<asio::ip::tcp, host::executor>;

namespace {

/// Ids, reconnection tokens and keys are made of these bytes, so nobody must be able to guess them.
void fill_with_random_bytes(void*, unsigned char* bytes, std::size_t size) {
    if (RAND_bytes(bytes, static_cast<int>(size)) != 1) std::abort();
}
constexpr webpubsub::secure_random random_bytes{nullptr, fill_with_random_bytes};

webpubsub::result<webpubsub::connect_request, webpubsub::refused> authenticate(
    const host::request& request, const webpubsub::client_request_rules& rules) {
    const std::string target(request.target()), authorization(request["Authorization"]);
    std::string subprotocols;
    const auto offers = request.equal_range("Sec-WebSocket-Protocol");
    for (auto offer = offers.first; offer != offers.second; ++offer) subprotocols.append(offer->value()) += ',';
    const bool is_websocket = boost::beast::websocket::is_upgrade(request);
    auto client = webpubsub::judge_handshake({target, authorization, subprotocols, is_websocket}, rules,
                                             std::chrono::system_clock::now(), webpubsub::openssl_hmac{});
    if (!client) return webpubsub::refused{client.error().http_status, client.error().message};
    if (client->hub != "chat") return webpubsub::refused{404, "There is no hub of this name."};
    return std::move(client->request);
}

void handle_event(webpubsub::hub& hub, webpubsub::hub_event& event) {
    namespace events = webpubsub::hub_events;
    const auto now = host::now();
    std::visit(webpubsub::overloaded{
                   [](const events::client_connected& e) { std::cout << "connected " << e.user_id << std::endl; },
                   [](const events::client_disconnected& e) { std::cout << "ended: " << e.reason << std::endl; },
                   [&](const events::user_event& e) {
                       // What came as a message may be too long for one that is sent; then there is no answer.
                       if (!hub.answer_event(now, e.id, e.data)) (void)hub.fail_event(now, e.id);
                   },
                   [&](const events::invocation& e) {
                       const auto answer = e.data ? std::optional<webpubsub::payload_view>(*e.data) : std::nullopt;
                       if (hub.answer_invocation(now, e.id, answer)) return;
                       (void)hub.fail_invocation(now, e.id, {"InternalServerError", "The answer is too long."});
                   },
                   [](const auto&) {},
               },
               event);
}

/// Goes on until the acceptor is closed.
void accept(acceptor& from, host& to) {
    from.async_accept([&](error_code ec, host::socket connection) {
        if (!from.is_open()) return;
        if (!ec) to.accept(std::move(connection));
        accept(from, to);
    });
}

} // namespace

int main(int argc, char** argv) {
    const auto port = argc == 3 ? std::atoi(argv[1]) : -1;
    const auto key = webpubsub::access_key::make(argc == 3 ? argv[2] : "");
    if (port < 0 || port > 65535 || !key) {
        std::cerr << "usage: hub_beast PORT ACCESS_KEY\n" << (key ? "" : key.error().message()) << std::endl;
        return 1;
    }
    asio::io_context io;
    acceptor listener(io);
    error_code problem;
    listener.open(asio::ip::tcp::v4(), problem);
    listener.set_option(asio::socket_base::reuse_address(true), problem);
    const asio::ip::tcp::endpoint where(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port));
    if (listener.bind(where, problem) || listener.listen(asio::socket_base::max_listen_connections, problem)) {
        std::cerr << "can't listen: " << problem.message() << std::endl;
        return 1;
    }
    const webpubsub::endpoint self{false, "127.0.0.1", listener.local_endpoint(problem).port()};
    webpubsub::client_request_rules rules;
    rules.endpoints = {self};
    rules.keys = {*key};

    webpubsub::hub hub(webpubsub::all_service_codecs(), {}, random_bytes);
    host connections(io, hub);
    connections.authenticate = [&](const auto& request) { return authenticate(request, rules); };
    connections.on_event = [&](auto& event) { handle_event(hub, event); };
    accept(listener, connections);
    // What a service SDK or one of the chats needs to make tokens.
    std::cout << "connection string: " << webpubsub::format_connection_string({self, *key}) << std::endl;

    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](error_code, int) {
        listener.close(problem);
        (void)hub.close_all(host::now()); // every client is told 1001, and connects elsewhere or later
        connections.run();
        io.stop();
    });
    io.run();
    // Then the close frames are written and answered, as far as that does not take long.
    io.restart();
    io.run_for(host::close_time + std::chrono::seconds(1));
}
