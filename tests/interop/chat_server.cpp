// SPDX-License-Identifier: MIT
//
// support/chat_server.js again, with this library in place of the official ones: whole_loop.js says what it does.

#include "emulator/http_values.hpp"

#include <webpubsub/access/mint_client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/overloaded.hpp>
#include <webpubsub/rest/request.hpp>
#include <webpubsub/rest/response.hpp>
#include <webpubsub/text/percent.hpp>
#include <webpubsub/upstream/answer.hpp>
#include <webpubsub/upstream/receive.hpp>
#include <webpubsub/upstream/state.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace webpubsub;
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using boost::system::error_code;

class chat {
public:
    explicit chat(const connection_string& at) : at_(at) { rules_ = {.hub = "chat", .keys = {at.key}}; }

    http_response respond(const http_request& request) const {
        const auto [path, query] = split_request_target(request.target);
        if (path == "/negotiate") return negotiate(query);
        if (!path.starts_with("/api/webpubsub/hubs/chat/")) return text_response(404, "There is nothing here.");
        const auto received = receive_upstream(request, rules_, openssl_hmac());
        if (!received) return received.error();
        const auto said = handle(*received);
        return said ? *said : fail_event(said.error().message());
    }

private:
    http_response negotiate(std::string_view query) const {
        client_token_options token;
        const auto read = for_each_query_parameter(query, [&](auto name, auto value) {
            if (name == "user") token.user_id = value;
        });
        if (!read) return text_response(400, "The query is wrong.");
        const auto url = mint_client_url(at_, "chat", token, std::chrono::system_clock::now(), openssl_hmac());
        if (!url) return text_response(400, url.error().message());
        return {200, {{"Content-Type", "application/json"}}, json::serialize(json::object{{"url", *url}})};
    }

    result<http_response> handle(const upstream_delivery& told) const {
        const auto user = told.context.user_id.value_or("");
        return visit(
            overloaded{
                [&](const upstream_events::connect_event&) -> result<http_response> {
                    if (user == "mallory") return refuse_connect(401, "Not you.");
                    return accept_connect({.roles = {{"webpubsub.joinLeaveGroup.room"}}});
                },
                [&](const upstream_events::connected_event&) { return tell_everybody("arrived", user); },
                [&](const upstream_events::disconnected_event&) { return tell_everybody("left", user); },
                [&](const upstream_events::custom_event& event) { return note(told.context, user, event.data); },
                [](const auto&) -> result<http_response> { return acknowledge_event(); },
            },
            told.event);
    }

    result<http_response> tell_everybody(std::string_view what, const std::string& user) const {
        publish(rest::send_to_all(payload_view::json(json::serialize(json::object{{"what", what}, {"user", user}}))));
        return acknowledge_event();
    }

    result<http_response> note(const upstream_context& of, const std::string& user, const payload& data) const {
        error_code ec;
        const auto said = json::parse(data.bytes, ec);
        if (ec || !said.is_object() || !said.as_object().contains("text")) return fail_event("There is no text.");
        auto state = decode_connection_state(of.state.value_or(""));
        const auto* const last = state.if_contains("number");
        const auto number = (last != nullptr && last->is_int64() ? last->get_int64() : 0) + 1;
        state["number"] = number;
        const json::object told{{"what", "said"}, {"user", user}, {"text", said.at("text")}, {"number", number}};
        publish(rest::send_to_group("room", payload_view::json(json::serialize(told))));
        const json::object noted{{"what", "noted"}, {"number", number}};
        return answer_event(
            {.data = payload{data_type::json, json::serialize(noted)}, .state = encode_connection_state(state)});
    }

    /// Waits until the service has taken the message.
    void publish(const rest_call& call) const {
        const auto now = std::chrono::system_clock::now();
        const auto request = make_rest_request({at_.endpoint, "chat", at_.key}, call, now, openssl_hmac()).value();
        asio::io_context io;
        asio::ip::tcp::socket socket(io);
        socket.connect({asio::ip::make_address(at_.endpoint.host), at_.endpoint.port.value()});
        http::write(socket, emulator::request_to(at_.endpoint.host, request));
        boost::beast::flat_buffer buffer;
        http::response<http::string_body> response;
        http::read(socket, buffer, response);
        if (const auto done = read_success(call, {response.result_int(), {}, response.body()}, now); !done) {
            std::cerr << "chat_server: " << done.error().status << ' ' << done.error().message << std::endl;
        }
    }

    connection_string at_;
    upstream_rules rules_;
};

/// One connection, with one request after another.
class session : public std::enable_shared_from_this<session> {
public:
    session(asio::ip::tcp::socket socket, const chat& all) : socket_(std::move(socket)), all_(all) {}

    void read() {
        request_ = {};
        http::async_read(socket_, buffer_, request_, [self = shared_from_this()](error_code ec, std::size_t) {
            if (!ec) self->respond();
        });
    }

private:
    void respond() {
        const auto request = emulator::request_of(request_, std::move(request_.body()));
        response_ = emulator::response_of(all_.respond(request));
        response_.keep_alive(request_.keep_alive());
        response_.prepare_payload();
        http::async_write(socket_, response_, [self = shared_from_this()](error_code ec, std::size_t) {
            if (!ec && self->response_.keep_alive()) self->read();
        });
    }

    asio::ip::tcp::socket socket_;
    const chat& all_;
    boost::beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
};

void accept(asio::ip::tcp::acceptor& from, const chat& all) {
    from.async_accept([&](error_code ec, asio::ip::tcp::socket socket) {
        if (!ec) std::make_shared<session>(std::move(socket), all)->read();
        accept(from, all);
    });
}

} // namespace

int main() {
    const auto* const variable = std::getenv("WEBPUBSUB_CONNECTION_STRING");
    const auto at = parse_connection_string(variable != nullptr ? variable : "");
    if (!at) {
        std::cerr << "chat_server: WEBPUBSUB_CONNECTION_STRING: " << at.error().message() << '\n';
        return 1;
    }
    const chat all(*at);
    asio::io_context io;
    asio::signal_set end(io, SIGTERM);
    end.async_wait([&](error_code, int) { io.stop(); });
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    std::cout << "listening on http://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
    accept(acceptor, all);
    io.run();
}
