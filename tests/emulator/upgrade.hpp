// SPDX-License-Identifier: MIT
#pragma once

#include "byte_stream.hpp"
#include "hub_loop.hpp"

#include <webpubsub/access/client_request.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace emulator {

/// The HTTP half of a session: one request, and the answer to it if that is no upgrade. Must outlive its operations.
class upgrade {
public:
    struct let_in {
        hub_loop* hub;
        webpubsub::accepted as;
    };

    /// `done` with an error when there is nobody to answer. A request that can't be read is one to be refused.
    void async_read(byte_stream& from, std::function<void(error_code)> done);

    const boost::beast::http::request<boost::beast::http::empty_body>& request() const { return parser_.get(); }

    /// Judges what was read and asks the hub. Whether clients may be anonymous is for the hub to say, not for the
    /// rules.
    std::variant<let_in, webpubsub::refused> admit(webpubsub::client_request_rules rules, hub_loops& hubs,
                                                   std::shared_ptr<carrier> who);

    /// Writes the answer and ends the connection but for the socket.
    void async_refuse(byte_stream& to, const webpubsub::refused& why, std::function<void()> done);

private:
    /// A target of the access layer's greatest length, and headers.
    static constexpr std::size_t max_bytes = 72 * 1024;

    boost::beast::flat_buffer buffer_{max_bytes};
    boost::beast::http::request_parser<boost::beast::http::empty_body> parser_;
    error_code unreadable_;
    boost::beast::http::response<boost::beast::http::string_body> refusal_;
};

} // namespace emulator
