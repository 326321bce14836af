// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/text/ascii.hpp>

#include <string>
#include <string_view>
#include <utility>

// The question whether events may be sent to a handler (upstream.md section 2), from the service's side.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The request, by OPTIONS, or by GET for a handler that knows no OPTIONS. The target is that of an event with the name
/// `validate`. It has no signature, since it is about no connection.
WEBPUBSUB_COLD_INLINE http_request write_validation(http_method method, std::string target, std::string_view origin) {
    http_request request;
    request.method = method;
    request.target = std::move(target);
    request.headers.push_back({"WebHook-Request-Origin", std::string(origin)});
    request.headers.push_back({"ce-awpsversion", "1.0"});
    return request;
}

namespace detail {

/// `a.net` of `a.net:8080`, for an origin is a host and the official Express middleware answers with the port as well.
constexpr std::string_view without_port(std::string_view host) noexcept {
    const auto colon = host.rfind(':');
    if (colon == std::string_view::npos || colon + 1 == host.size()) return host;
    for (const char c : host.substr(colon + 1)) {
        if (!is_digit(c)) return host;
    }
    return host.substr(0, colon);
}

} // namespace detail

/// Whether a response allows events from the origin, or from one of a list of origins. Handlers write one host, a star,
/// a list, or a line for each host; any that fits is enough, in any case and with or without a port. The status is not
/// looked at.
WEBPUBSUB_COLD_INLINE bool allows_origin(const http_response& response, std::string_view origin) {
    bool allows = false;
    for (const auto& [name, value] : response.headers) {
        if (!equal_ignoring_case(name, "WebHook-Allowed-Origin")) continue;
        for_each_element(value, [&](std::string_view allowed) {
            allows = allows || allowed == "*";
            for_each_element(origin, [&](std::string_view host) {
                allows = allows || equal_ignoring_case(detail::without_port(allowed), detail::without_port(host));
            });
        });
    }
    return allows;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
