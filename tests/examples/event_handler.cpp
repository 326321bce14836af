// SPDX-License-Identifier: MIT
//
// An application's server, which the service tells what its clients do: it lets them in, and answers their events. It
// prints the port that it listens on, and then what it is told.
//
//   event_handler PORT CONNECTION_STRING [HUB]

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/upstream/answer.hpp>
#include <webpubsub/upstream/receive.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

/// What the application says to an event; an answer that can't be sent is a failure.
webpubsub::http_response answer(webpubsub::upstream_delivery&& told) {
    using namespace webpubsub;
    const auto& who = told.context;
    std::cout << who.event_name << " of " << who.connection_id << std::endl;
    const auto said =
        visit(overloaded{
                  [](const upstream_events::connect_event& asked) -> result<http_response> {
                      if (asked.claims.empty()) return accept_connect({.user_id = "guest"}); // it came without a token
                      return accept_connect();
                  },
                  [&](upstream_events::custom_event& event) -> result<http_response> {
                      if (who.event_name == "fail") return fail_event("as you wish");
                      return answer_event({.data = std::move(event.data), .metadata = std::move(event.metadata)});
                  },
                  [](const auto&) -> result<http_response> { return acknowledge_event(); },
              },
              told.event);
    return said ? *said : fail_event(said.error().message());
}

webpubsub::http_method method_of(http::verb verb) {
    using enum webpubsub::http_method;
    return verb == http::verb::post ? post : verb == http::verb::options ? options : get;
}

/// One connection of the service, which keeps it for many requests.
class session : public std::enable_shared_from_this<session> {
public:
    session(asio::ip::tcp::socket socket, const webpubsub::upstream_rules& rules)
        : stream_(std::move(socket)), rules_(rules) {}

    void read() {
        parser_.emplace();
        parser_->body_limit(rules_.max_body_bytes);
        stream_.expires_after(std::chrono::seconds(30));
        http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code ec, std::size_t) {
            if (!ec) self->respond(self->parser_->release());
        });
    }

private:
    void respond(http::request<http::string_body>&& from) {
        webpubsub::http_request request;
        request.method = method_of(from.method());
        request.target = from.target();
        for (const auto& each : from) request.headers.push_back({each.name_string(), each.value()});
        request.body = std::move(from.body());

        auto received = webpubsub::receive_upstream(request, rules_, webpubsub::openssl_hmac{});
        const auto said = received ? answer(std::move(*received)) : received.error();
        response_ = http::response<http::string_body>(static_cast<http::status>(said.status), from.version());
        for (const auto& each : said.headers) response_.insert(each.name, each.value);
        response_.body() = said.body;
        response_.keep_alive(from.keep_alive());
        response_.prepare_payload();
        http::async_write(stream_, response_, [self = shared_from_this()](error_code ec, std::size_t) {
            if (!ec && self->response_.keep_alive()) self->read();
        });
    }

    beast::tcp_stream stream_;
    const webpubsub::upstream_rules& rules_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> response_;
};

void accept(asio::ip::tcp::acceptor& from, const webpubsub::upstream_rules& rules) {
    from.async_accept([&](error_code ec, asio::ip::tcp::socket socket) {
        if (!ec) std::make_shared<session>(std::move(socket), rules)->read();
        accept(from, rules);
    });
}

int main(int argc, char** argv) {
    const auto service = argc > 2 ? webpubsub::parse_connection_string(argv[2]) : webpubsub::errc::key_too_short;
    if (!service) {
        std::cerr << "usage: event_handler PORT CONNECTION_STRING [HUB]: " << service.error().message() << '\n';
        return 1;
    }
    webpubsub::upstream_rules rules;
    rules.keys = {service->key};
    if (argc > 3) rules.hub = argv[3];
    asio::io_context io;
    const auto port = static_cast<asio::ip::port_type>(std::atoi(argv[1]));
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), port});
    std::cout << acceptor.local_endpoint().port() << std::endl;
    accept(acceptor, rules);
    io.run();
}
