// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>
#include <webpubsub/text/ascii.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

// Requests and responses of HTTP as values, to be sent and received by whatever HTTP stack a program has.

enum class http_method : std::uint8_t { get, head, post, put, delete_, options };

constexpr std::string_view name_of(http_method method) noexcept {
    constexpr std::string_view names[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
    return names[static_cast<std::size_t>(method)];
}

struct http_header {
    std::string name;
    std::string value;

    friend bool operator==(const http_header&, const http_header&) = default;
};

/// A request without what the connection decides: the stack adds `Host` and `Content-Length`, also for an empty body of
/// a POST or a PUT.
struct http_request {
    http_method method = http_method::get;
    /// In origin form: path and query, percent-encoded.
    std::string target;
    std::vector<http_header> headers;
    std::string body;

    friend bool operator==(const http_request&, const http_request&) = default;
};

struct http_response {
    unsigned status = 0;
    std::vector<http_header> headers;
    std::string body;

    friend bool operator==(const http_response&, const http_response&) = default;
};

/// The value of the first header of this name, in any case; null if there is none.
WEBPUBSUB_COLD_INLINE const std::string* find_header(const std::vector<http_header>& headers,
                                                     std::string_view name) noexcept {
    for (const auto& each : headers) {
        if (equal_ignoring_case(each.name, name)) return &each.value;
    }
    return nullptr;
}

/// The elements of a header's list: what is between its commas, without the white space around; empty ones are passed
/// over (RFC 9110 section 5.6.1).
template <class Visitor>
void for_each_element(std::string_view list, Visitor&& visit) {
    while (!list.empty()) {
        const auto end = list.find(',');
        if (const auto element = trim_white_space(list.substr(0, end)); !element.empty()) visit(element);
        list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    }
}

/// A response that says something in words, or nothing but its status.
WEBPUBSUB_COLD_INLINE http_response text_response(unsigned status, std::string_view message) {
    http_response response;
    response.status = status;
    if (!message.empty()) response.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
    response.body = message;
    return response;
}

/// Whether a header can hold the text as it is: printable ASCII. Anything else might be its end.
WEBPUBSUB_COLD_INLINE bool is_header_value(std::string_view text) noexcept {
    for (const char c : text) {
        if (c < ' ' || c > '~') return false;
    }
    return true;
}

/// Whether it also arrives whole: a reader drops the blanks around a value (RFC 9110 section 5.5), and then two user
/// ids may be one.
WEBPUBSUB_COLD_INLINE bool is_whole_header_value(std::string_view text) noexcept {
    return is_header_value(text) && trim_white_space(text).size() == text.size();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
