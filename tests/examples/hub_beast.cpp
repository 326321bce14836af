// SPDX-License-Identifier: MIT
//
// A hub of one's own, on Boost.Beast. Clients need a token; what they publish to a group goes to its members; an event
// or an invocation is answered with what it carries. What fits Beast to the hub is in adaptors/beast_hub_host.hpp.

#include "adaptors/beast_hub_host.hpp"

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/codec/all_service_codecs.hpp>
#include <webpubsub/service/handshake.hpp>

#include <boost/asio/signal_set.hpp>

#include <openssl/rand.h>

#include <cstdlib>
#include <iostream>

namespace asio = boost::asio;
using boost::system::error_code;
using host = examples::beast_hub_host;
using acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

namespace {

/// Connection ids and reconnection tokens are made of these bytes, so nobody must be able to guess them.
void fill_with_random_bytes(void*, unsigned char* bytes, std::size_t size) {
    if (RAND_bytes(bytes, static_cast<int>(size)) != 1) std::abort();
}

webpubsub::result<webpubsub::connect_request, webpubsub::refused> authenticate(
    const host::request& request, const webpubsub::client_request_rules& rules) {
    const std::string target(request.target()), authorization(request["Authorization"]);
    const std::string subprotocols(request["Sec-WebSocket-Protocol"]);
    const bool is_websocket = boost::beast::websocket::is_upgrade(request);
    auto client = webpubsub::authenticate_upgrade({target, authorization, subprotocols, is_websocket}, rules,
                                                  std::chrono::system_clock::now(), webpubsub::openssl_hmac{});
    if (!client) return webpubsub::refused{client.error().http_status, client.error().message};
    if (client->hub != "chat") return webpubsub::refused{404, "There is no hub of this name."};
    return std::move(client->request);
}

void handle_event(webpubsub::hub& hub, const webpubsub::hub_event& event) {
    namespace events = webpubsub::hub_events;
    if (const auto* begin = get_if<events::client_connected>(&event)) {
        std::cout << "connected " << begin->connection_id << std::endl;
    } else if (const auto* end = get_if<events::client_disconnected>(&event)) {
        std::cout << "disconnected " << end->connection_id << ": " << end->reason << std::endl;
    } else if (const auto* asked = get_if<events::user_event>(&event)) {
        // In the receiver's encoding the data may be too long; then the event has failed.
        if (!hub.answer_event(host::now(), asked->id, asked->data)) (void)hub.fail_event(host::now(), asked->id);
    } else if (const auto* invoked = get_if<events::invocation>(&event)) {
        const webpubsub::payload_view answer = invoked->data ? *invoked->data : webpubsub::payload_view();
        if (hub.answer_invocation(host::now(), invoked->id, answer)) return;
        (void)hub.fail_invocation(host::now(), invoked->id, {"InternalServerError", "The answer is too long."});
    }
}

/// Goes on until the acceptor is closed.
void accept(acceptor& from, host& to) {
    from.async_accept([&](error_code ec, auto connection) {
        if (!from.is_open()) return;
        if (!ec) to.accept(std::move(connection));
        accept(from, to);
    });
}

} // namespace

int main(int argc, char** argv) {
    const int port = argc == 3 ? std::atoi(argv[1]) : -1;
    const auto key = webpubsub::access_key::make(argc == 3 ? argv[2] : "");
    if (port < 0 || port > 65535 || !key) {
        std::cerr << "usage: hub_beast PORT ACCESS_KEY\n" << (key ? "" : key.error().message()) << std::endl;
        return 1;
    }
    asio::io_context io;
    acceptor listener(io, asio::ip::tcp::v4());
    error_code problem;
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

    webpubsub::hub hub(webpubsub::all_service_codecs(), {}, {nullptr, fill_with_random_bytes});
    host connections(io, hub);
    connections.authenticate = [&](const auto& request) { return authenticate(request, rules); };
    connections.on_event = [&](const auto& event) { handle_event(hub, event); };
    accept(listener, connections);
    // The service SDKs and the chats make tokens with it.
    std::cout << "connection string: " << webpubsub::format_connection_string({self, *key}) << std::endl;

    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](error_code, int) {
        listener.close(problem);
        (void)hub.close_all(host::now()); // every client is told 1001, and connects again elsewhere or later
        connections.run();
        io.stop();
    });
    io.run();
    // The close frames are written and answered, as far as that does not take long.
    io.restart();
    io.run_for(host::close_time + std::chrono::seconds(1));
}
