// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/endpoint.hpp>
#include <webpubsub/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A WebSocket URL in the parts that the opening of a connection needs (RFC 6455 sections 3 and 4.1).
struct websocket_address {
    /// With TLS.
    bool secure = true;
    /// To resolve, for SNI, and to hold the certificate against. An IPv6 address is without its brackets.
    std::string host;
    std::uint16_t port = 443;
    /// The header `Host`: with brackets, and with the port where it is not the scheme's.
    std::string host_header;
    /// Path and query.
    std::string target;

    friend bool operator==(const websocket_address&, const websocket_address&) = default;
};

/// Of the schemes wss, ws, https and http. `errc::invalid_url` for anything else, user information and fragments
/// included.
[[nodiscard]] inline result<websocket_address> parse_websocket_address(std::string_view url) {
    const auto parts = detail::split_url(url);
    if (!parts) return parts.error();
    const auto& [where, rest] = *parts;
    if (const auto fragment = rest.find('#'); fragment != std::string_view::npos) {
        return error(errc::invalid_url, url.size() - rest.size() + fragment);
    }
    websocket_address out;
    out.secure = where.secure;
    out.host = where.host.front() == '[' ? where.host.substr(1, where.host.size() - 2) : where.host;
    out.port = where.port.value_or(detail::default_port(where));
    out.host_header = where.port ? where.host + ":" + std::to_string(*where.port) : where.host;
    out.target = rest.starts_with('/') ? rest : "/" + std::string(rest);
    return out;
}

} // namespace webpubsub
