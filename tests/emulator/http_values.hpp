// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/verb.hpp>

#include <optional>
#include <string>
#include <vector>

namespace emulator {

// Between the library's values of HTTP and those of Beast.

/// Nothing for a method that the library does not know.
std::optional<webpubsub::http_method> method_of(boost::beast::http::verb method);

std::vector<webpubsub::http_header> headers_of(const boost::beast::http::fields& fields);

/// What a request is for, in origin form.
std::string target_of(const boost::beast::http::request_header<>& head);

/// Of a method that is known.
webpubsub::http_request request_of(const boost::beast::http::request_header<>& head, std::string body);

/// Without what belongs to the connection.
boost::beast::http::response<boost::beast::http::string_body> response_of(const webpubsub::http_response& response);

/// A request to this host (`name` or `name:port`), after which the connection is closed.
boost::beast::http::request<boost::beast::http::string_body> request_to(const std::string& host,
                                                                        const webpubsub::http_request& request);

} // namespace emulator
