// SPDX-License-Identifier: MIT
#include "http_exchange.hpp"

#include "http_values.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/none.hpp>

#include <string_view>
#include <utility>

namespace emulator {

namespace beast = boost::beast;
namespace http = beast::http;
using namespace webpubsub;

namespace {

bool is_unreadable(error_code ec) {
    return ec.category() == http::make_error_code(http::error::bad_method).category() &&
           ec != http::error::end_of_stream && ec != http::error::partial_message;
}

} // namespace

void http_exchange::async_read_head(byte_stream& from, std::function<void(error_code)> done) {
    whole_.reset();
    unreadable_ = {};
    is_cut_off_ = false;
    head_.emplace();
    head_->header_limit(max_head_size);
    // How long a body may be is judged when it is known whether there is one to be read.
    head_->body_limit(boost::none);
    http::async_read_header(from, buffer_, *head_, [this, done = std::move(done)](error_code ec, std::size_t) {
        if (is_unreadable(ec)) unreadable_ = std::exchange(ec, {});
        done(ec);
    });
}

std::optional<http_response> http_exchange::refusal() const {
    if (unreadable_ == http::error::header_limit || unreadable_ == http::error::buffer_overflow) {
        return text_response(431, "The request is too large.");
    }
    if (unreadable_) return text_response(400, "The request is not HTTP.");
    return whole_ ? std::nullopt : judge_head();
}

std::optional<http_response> http_exchange::judge_head() const {
    const auto& head = head_->get();
    if (!method_of(head.method())) return text_response(405, "No resource takes this method.");
    if (head.version() == 11 && head.count(http::field::host) != 1) return text_response(400, "There is not one Host.");
    // Where the length of a body is not known, what follows it can't be either (RFC 9112 section 6.3).
    const auto coding = head[http::field::transfer_encoding];
    if (!coding.empty() && !beast::iequals(coding, "chunked")) return text_response(501, "The coding is not known.");
    if (!is_upgrade()) return std::nullopt;
    if (head[http::field::sec_websocket_version] != "13") {
        auto refusal = text_response(426, "The version of WebSocket is not 13.");
        refusal.headers.push_back({"Sec-WebSocket-Version", "13"});
        return refusal;
    }
    if (head[http::field::sec_websocket_key].empty()) return text_response(400, "There is no Sec-WebSocket-Key.");
    return std::nullopt;
}

bool http_exchange::is_upgrade() const { return beast::websocket::is_upgrade(head_->get()); }

void http_exchange::async_read_body(byte_stream& from, std::function<void(error_code)> done) {
    const bool is_awaited = beast::iequals(head_->get()[http::field::expect], "100-continue");
    whole_.emplace(std::move(*head_));
    whole_->body_limit(max_body_size_);
    if (const auto length = whole_->content_length(); length && *length > max_body_size_) {
        is_cut_off_ = true;
        return net::post(from.get_executor(), [done = std::move(done)] { done({}); });
    }
    const auto read = [this, &from, done = std::move(done)] {
        http::async_read(from, buffer_, *whole_, [this, done](error_code ec, std::size_t) {
            if (ec == http::error::body_limit) {
                is_cut_off_ = true;
                ec = {};
            } else if (is_unreadable(ec)) {
                unreadable_ = std::exchange(ec, {});
            }
            done(ec);
        });
    };
    if (!is_awaited) return read();
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    boost::asio::async_write(from, net::buffer(go_on), [read](error_code, std::size_t) { read(); });
}

http_request http_exchange::take_request() {
    if (!whole_) return request_of(head_->get(), {});
    auto request = request_of(whole_->get(), std::move(whole_->get().body()));
    // Of the rest nothing matters but that it is there.
    if (is_cut_off_) request.body.resize(max_body_size_ + 1);
    return request;
}

bool http_exchange::may_go_on() const {
    if (unreadable_ || is_cut_off_) return false;
    return whole_ ? whole_->is_done() && whole_->keep_alive() : false;
}

void http_exchange::async_answer(byte_stream& to, const http_response& answer, std::function<void(bool)> done) {
    const bool goes_on = may_go_on();
    answer_ = response_of(answer);
    answer_.keep_alive(goes_on);
    const auto method = whole_ ? whole_->get().method() : head_->get().method();
    if (method == http::verb::head) answer_.body().clear();
    // A length says nothing of an answer that has no body (RFC 9110 section 8.6).
    if (method != http::verb::head && answer.status != 204) answer_.prepare_payload();
    http::async_write(to, answer_, [&to, goes_on, done = std::move(done)](error_code ec, std::size_t) {
        if (ec || goes_on) return done(!ec);
        // Closing the socket with something unread in it would reset the connection, and the answer could be lost.
        async_teardown(beast::role_type::server, to, [done](error_code) { done(false); });
    });
}

} // namespace emulator
