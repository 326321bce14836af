// SPDX-License-Identifier: MIT
#include "http_values.hpp"

#include <array>
#include <utility>

namespace emulator {

namespace http = boost::beast::http;
using namespace webpubsub;

namespace {

constexpr std::array<std::pair<http::verb, http_method>, 6> methods{{
    {http::verb::get, http_method::get},
    {http::verb::head, http_method::head},
    {http::verb::post, http_method::post},
    {http::verb::put, http_method::put},
    {http::verb::delete_, http_method::delete_},
    {http::verb::options, http_method::options},
}};

std::string text_of(boost::beast::string_view text) { return std::string(text.data(), text.size()); }

} // namespace

std::optional<http_method> method_of(http::verb method) {
    for (const auto& [theirs, ours] : methods) {
        if (theirs == method) return ours;
    }
    return std::nullopt;
}

std::vector<http_header> headers_of(const http::fields& fields) {
    std::vector<http_header> headers;
    for (const auto& field : fields) headers.push_back({text_of(field.name_string()), text_of(field.value())});
    return headers;
}

std::string target_of(const http::request_header<>& head) {
    auto target = text_of(head.target());
    // A client of a proxy names the whole URL (RFC 9112 section 3.2.2).
    const auto scheme = target.find("://");
    if (scheme == std::string::npos || target.front() == '/') return target;
    const auto path = target.find_first_of("/?", scheme + 3);
    return path == std::string::npos ? "/" : target.substr(path);
}

http_request request_of(const http::request_header<>& head, std::string body) {
    return {method_of(head.method()).value(), target_of(head), headers_of(head), std::move(body)};
}

http::response<http::string_body> response_of(const http_response& response) {
    http::response<http::string_body> made;
    made.result(response.status);
    made.set(http::field::server, "webpubsub-emulator");
    for (const auto& [name, value] : response.headers) made.insert(name, value);
    made.body() = response.body;
    return made;
}

http::request<http::string_body> request_to(const std::string& host, const http_request& request) {
    http::request<http::string_body> made;
    for (const auto& [theirs, ours] : methods) {
        if (ours == request.method) made.method(theirs);
    }
    made.target(request.target);
    made.set(http::field::host, host);
    for (const auto& [name, value] : request.headers) made.insert(name, value);
    made.keep_alive(false);
    made.body() = request.body;
    made.prepare_payload();
    return made;
}

} // namespace emulator
