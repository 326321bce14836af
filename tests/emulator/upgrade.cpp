// SPDX-License-Identifier: MIT
#include "upgrade.hpp"

#include <webpubsub/access/client_url.hpp>
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/service/handshake.hpp>
#include <webpubsub/text/ascii.hpp>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <chrono>
#include <string_view>
#include <utility>

namespace emulator {

namespace beast = boost::beast;
namespace http = beast::http;
using namespace webpubsub;

namespace {

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

std::string joined_values(const http::fields& headers, http::field name) {
    std::string all;
    for (auto [it, end] = headers.equal_range(name); it != end; ++it) {
        if (!all.empty()) all += ',';
        all += view(it->value());
    }
    return all;
}

bool is_unreadable(error_code ec) {
    return ec.category() == http::make_error_code(http::error::bad_method).category() &&
           ec != http::error::end_of_stream && ec != http::error::partial_message;
}

} // namespace

void upgrade::async_read(byte_stream& from, std::function<void(error_code)> done) {
    parser_.header_limit(max_bytes);
    http::async_read_header(from, buffer_, parser_, [this, done = std::move(done)](error_code ec, std::size_t) {
        if (is_unreadable(ec)) unreadable_ = std::exchange(ec, {});
        done(ec);
    });
}

std::variant<upgrade::let_in, refused> upgrade::admit(client_request_rules rules, hub_loops& hubs,
                                                      std::shared_ptr<carrier> who) {
    if (unreadable_ == http::error::header_limit || unreadable_ == http::error::buffer_overflow) {
        return refused{431, "The request is too large."};
    }
    if (unreadable_) return refused{400, "The request is not HTTP."};

    const auto asked_for = parse_client_target(view(request().target()));
    const auto* const settings = asked_for ? hubs.settings_of(to_lower(asked_for->hub)) : nullptr;
    rules.allow_anonymous = settings != nullptr && settings->allow_anonymous;
    const auto subprotocols = joined_values(request(), http::field::sec_websocket_protocol);
    auto client = authenticate_upgrade({view(request().target()), view(request()[http::field::authorization]),
                                        subprotocols, beast::websocket::is_upgrade(request())},
                                       rules, std::chrono::system_clock::now(), openssl_hmac());
    if (!client) return refused{client.error().http_status, client.error().message};
    if (buffer_.size() != 0) return refused{400, "The client did not wait for the answer to its upgrade."};

    if (settings == nullptr && !client->request.recovery) return refused{404, "There is no such hub."};
    // Nobody can make hubs without a token, be it that of an anonymous client where that is allowed.
    auto* const hub = client->request.recovery ? &hubs.find(client->hub) : hubs.find_or_make(client->hub);
    if (hub == nullptr) return refused{503, "There are too many hubs."};
    auto outcome = hub->admit(std::move(who), std::string(view(request().target())), std::move(client->request));
    if (auto* const yes = get_if<accepted>(&outcome)) return let_in{hub, std::move(*yes)};
    if (auto* const no = get_if<refused>(&outcome)) return std::move(*no);
    // The application is not asked.
    return refused{500, "The hub did not decide."};
}

void upgrade::async_refuse(byte_stream& to, const refused& why, std::function<void()> done) {
    refusal_.result(why.http_status);
    refusal_.set(http::field::server, "webpubsub-emulator");
    refusal_.set(http::field::content_type, "text/plain; charset=utf-8");
    if (why.http_status == 401) refusal_.set(http::field::www_authenticate, "Bearer");
    refusal_.keep_alive(false);
    refusal_.body() = why.message + "\n";
    refusal_.prepare_payload();
    http::async_write(to, refusal_, [&to, done = std::move(done)](error_code ec, std::size_t) {
        if (ec) return done();
        // Closing the socket with something unread in it would reset the connection, and the answer could be lost.
        async_teardown(beast::role_type::server, to, [done](error_code) { done(); });
    });
}

} // namespace emulator
