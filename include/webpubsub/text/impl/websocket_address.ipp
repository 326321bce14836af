// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/text/websocket_address.hpp>

#include <cstddef>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// Path and query of a WebSocket URL have no fragment and no bytes that would break a request line.
WEBPUBSUB_COLD_DECL result<void> check_target(std::string_view url, const split_url_result& parts) {
    const auto rest = parts.rest;
    if (const auto fragment = rest.find('#'); fragment != std::string_view::npos) {
        return error(errc::invalid_url, url.size() - rest.size() + fragment);
    }
    for (std::size_t at = 0; at < rest.size(); ++at) {
        const auto byte = static_cast<unsigned char>(rest[at]);
        if (byte <= 0x20 || byte == 0x7F) return error(errc::invalid_url, url.size() - rest.size() + at);
    }
    return {};
}

} // namespace detail

WEBPUBSUB_COLD_DECL result<void> check_websocket_url(std::string_view url) {
    detail::split_url_result parts;
    if (auto split = detail::split_url(url, parts); !split) return split;
    return detail::check_target(url, parts);
}

WEBPUBSUB_COLD_DECL result<websocket_address> parse_websocket_address(std::string_view url) {
    detail::split_url_result parts;
    if (auto split = detail::split_url(url, parts); !split) return split.error();
    if (auto valid = detail::check_target(url, parts); !valid) return valid.error();
    const auto& [where, rest] = parts;
    websocket_address out;
    out.secure = where.secure;
    out.host = where.host.front() == '[' ? where.host.substr(1, where.host.size() - 2) : where.host;
    out.port = where.port.value_or(detail::default_port(where));
    out.host_header = where.port ? where.host + ":" + std::to_string(*where.port) : where.host;
    out.target = rest.starts_with('/') ? rest : "/" + std::string(rest);
    return out;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
