// SPDX-License-Identifier: MIT
#pragma once

#include "byte_stream.hpp"

#include <webpubsub/http/message.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <functional>
#include <optional>

namespace emulator {

/// One request over HTTP after another, each with its answer, until one asks for WebSocket. It must outlive its
/// operations.
class http_exchange {
public:
    explicit http_exchange(std::size_t max_body_size) : max_body_size_(max_body_size) {}

    /// Reads the head of a request. `done` gets an error when there is nobody to answer. A request that can't be read
    /// is one to be refused.
    void async_read_head(byte_stream& from, std::function<void(error_code)> done);

    /// The refusal of a request that is no HTTP, has too long a head or a method that nothing takes, or asks for
    /// another version of WebSocket than there is.
    std::optional<webpubsub::http_response> refusal() const;

    /// Whether the request asks for WebSocket.
    bool is_upgrade() const;

    /// Whether something has come behind the head.
    bool has_more() const { return buffer_.size() != 0; }

    /// Reads the body behind the head. One that is longer than the service takes is not read to its end.
    void async_read_body(byte_stream& from, std::function<void(error_code)> done);

    /// What has been read. In place of a body that was not read to its end there are too many bytes of zero.
    webpubsub::http_request take_request();

    /// The head as Beast has read it, for its handshake.
    const boost::beast::http::request<boost::beast::http::empty_body>& head() const { return head_->get(); }

    /// Writes the answer. `done` says whether another request may follow on this connection.
    void async_answer(byte_stream& to, const webpubsub::http_response& answer, std::function<void(bool)> done);

private:
    using empty_body = boost::beast::http::empty_body;
    using string_body = boost::beast::http::string_body;

    /// The longest head, in bytes: a target of the greatest length with a client's token in it, and headers.
    static constexpr std::size_t max_head_size = 72 * 1024;

    std::optional<webpubsub::http_response> judge_head() const;
    bool may_go_on() const;

    std::size_t max_body_size_;
    boost::beast::flat_buffer buffer_{max_head_size};
    std::optional<boost::beast::http::request_parser<empty_body>> head_;
    std::optional<boost::beast::http::request_parser<string_body>> whole_;
    error_code unreadable_;
    bool is_cut_off_ = false;
    boost::beast::http::response<string_body> answer_;
};

} // namespace emulator
