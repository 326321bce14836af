// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/endpoint.hpp>

#include <cstddef>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

WEBPUBSUB_COLD_DECL std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
    std::uint32_t port = 0;
    for (const char digit : text) {
        if (!is_digit(digit)) return std::nullopt;
        port = port * 10 + static_cast<std::uint32_t>(digit - '0');
        if (port > 0xFFFF) return std::nullopt;
    }
    if (port == 0) return std::nullopt;
    return static_cast<std::uint16_t>(port);
}

/// A name, an IPv4 address or a bracketed IPv6 address. Only the characters are checked, so that a host can't carry
/// user information, a path or a line break into a URL.
constexpr bool is_host(std::string_view host) noexcept {
    if (host.empty()) return false;
    if (host.front() == '[') {
        if (host.size() < 4 || host.back() != ']') return false;
        for (const char c : host.substr(1, host.size() - 2)) {
            if (hex_digit_value(c) < 0 && c != ':' && c != '.') return false;
        }
        return true;
    }
    for (const char c : host) {
        if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_') return false;
    }
    return true;
}

WEBPUBSUB_COLD_DECL result<void> split_url(std::string_view url, split_url_result& parts) {
    const auto colon = url.find("://");
    if (colon == std::string_view::npos) return error(errc::invalid_url);
    const auto scheme = url.substr(0, colon);
    const bool secure = equal_ignoring_case(scheme, "https") || equal_ignoring_case(scheme, "wss");
    if (!secure && !equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "ws")) {
        return error(errc::invalid_url, 0);
    }
    const std::size_t authority_at = colon + 3;
    auto authority_end = url.find_first_of("/?#", authority_at);
    if (authority_end == std::string_view::npos) authority_end = url.size();
    const auto authority = url.substr(authority_at, authority_end - authority_at);

    const auto bracket = authority.rfind(']');
    const auto port_at = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const auto host = authority.substr(0, port_at);
    if (!is_host(host)) return error(errc::invalid_url, authority_at);
    parts.where.secure = secure;
    parts.where.host = to_lower(host);
    parts.where.port.reset();
    parts.rest = url.substr(authority_end);
    if (port_at != std::string_view::npos) {
        const auto port = parse_port(authority.substr(port_at + 1));
        if (!port) return error(errc::invalid_url, authority_at + port_at + 1);
        if (*port != default_port(parts.where)) parts.where.port = port;
    }
    return {};
}

WEBPUBSUB_COLD_DECL result<split_url_result> split_url(std::string_view url) {
    split_url_result parts;
    if (auto split = split_url(url, parts); !split) return split.error();
    return parts;
}

WEBPUBSUB_COLD_DECL std::string format_origin(std::string_view scheme, const endpoint& where) {
    std::string origin(scheme);
    origin += where.secure ? "s://" : "://";
    origin += where.host;
    if (where.port) {
        origin += ':';
        origin += std::to_string(*where.port);
    }
    return origin;
}

} // namespace detail

WEBPUBSUB_COLD_DECL result<endpoint> parse_endpoint(std::string_view url) {
    detail::split_url_result parts;
    if (auto split = detail::split_url(url, parts); !split) return split.error();
    if (parts.rest.find_first_not_of('/') != std::string_view::npos) {
        return error(errc::invalid_url, url.size() - parts.rest.size());
    }
    return std::move(parts.where);
}

WEBPUBSUB_COLD_DECL std::string http_origin(const endpoint& where) { return detail::format_origin("http", where); }

WEBPUBSUB_COLD_DECL std::string websocket_origin(const endpoint& where) { return detail::format_origin("ws", where); }

} // namespace webpubsub::inline WEBPUBSUB_MODE
