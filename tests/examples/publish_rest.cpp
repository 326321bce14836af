// SPDX-License-Identifier: MIT
//
// Sends a text to everybody in a group of a hub, over the service's REST API.
//
//   publish_rest [--connection-string STRING] HUB GROUP TEXT
//
// Without the option the connection string is that of the environment variable WEBPUBSUB_CONNECTION_STRING. The exit
// status is 0 when the service has taken the message.

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/rest/request.hpp>
#include <webpubsub/rest/response.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace http = boost::beast::http;

http::request<http::string_body> to_beast(const webpubsub::http_request& from, const std::string& host) {
    http::request<http::string_body> to(http::string_to_verb(std::string(name_of(from.method))), from.target, 11);
    to.set(http::field::host, host);
    for (const auto& each : from.headers) to.insert(each.name, each.value);
    to.body() = from.body;
    to.prepare_payload();
    return to;
}

template <class Stream>
webpubsub::http_response exchange(Stream& stream, const http::request<http::string_body>& request) {
    http::write(stream, request);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(stream, buffer, response);
    webpubsub::http_response read;
    read.status = response.result_int();
    for (const auto& each : response) read.headers.push_back({each.name_string(), each.value()});
    read.body = std::move(response.body());
    return read;
}

/// One request over a connection of its own, with TLS where the endpoint says https.
webpubsub::http_response send(const webpubsub::endpoint& to, const webpubsub::http_request& request) {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    const auto origin = http_origin(to);
    const auto port = std::to_string(to.port.value_or(to.secure ? 443 : 80));
    const auto host = to.host.front() == '[' ? to.host.substr(1, to.host.size() - 2) : to.host;
    asio::connect(socket, asio::ip::tcp::resolver(io).resolve(host, port));
    const auto sent = to_beast(request, origin.substr(origin.find("//") + 2));
    if (!to.secure) return exchange(socket, sent);

    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_default_verify_paths();
    asio::ssl::stream<asio::ip::tcp::socket&> secured(socket, tls);
    secured.set_verify_mode(asio::ssl::verify_peer);
    secured.set_verify_callback(asio::ssl::host_name_verification(host));
    SSL_set_tlsext_host_name(secured.native_handle(), host.c_str());
    secured.handshake(asio::ssl::stream_base::client);
    return exchange(secured, sent);
}

/// Tries again where the service says that it may help. A token is good for one request, so each has its own.
webpubsub::result<void, webpubsub::rest_failure> publish(const webpubsub::rest_service& service,
                                                         const webpubsub::rest_call& call) {
    using namespace std::chrono_literals;
    webpubsub::duration pause = 1s;
    for (int attempts = 1;; ++attempts, pause *= 2) {
        const auto now = std::chrono::system_clock::now();
        const auto request = make_rest_request(service, call, now, webpubsub::openssl_hmac()).value();
        const auto done = read_success(call, send(service.endpoint, request), now);
        if (done || !done.error().retry.may_help || attempts == 3) return done;
        std::this_thread::sleep_for(std::min<webpubsub::duration>(done.error().retry.after.value_or(pause), 10s));
    }
}

int main(int argc, char** argv) try {
    std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto* const variable = std::getenv("WEBPUBSUB_CONNECTION_STRING");
    std::string text = variable != nullptr ? variable : "";
    if (arguments.size() > 1 && arguments[0] == "--connection-string") {
        text = arguments[1];
        arguments.erase(arguments.begin(), arguments.begin() + 2);
    }
    if (arguments.size() != 3) {
        std::cerr << "usage: publish_rest [--connection-string STRING] HUB GROUP TEXT\n";
        return 2;
    }
    const auto service = webpubsub::parse_connection_string(text);
    if (!service) throw std::runtime_error(service.error().message());
    const auto call = webpubsub::rest::send_to_group(arguments[1], webpubsub::payload_view::text(arguments[2]));
    const auto done = publish({service->endpoint, arguments[0], service->key}, call);
    if (done) return 0;
    std::cerr << "publish_rest: " << done.error().status << ' ' << done.error().code << ' ' << done.error().message << '\n';
    return 1;
} catch (const std::exception& failure) {
    std::cerr << "publish_rest: " << failure.what() << '\n';
    return 1;
}
