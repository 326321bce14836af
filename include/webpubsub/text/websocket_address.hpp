// SPDX-License-Identifier: MIT
#pragma once

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

/// From a URL of scheme wss, ws, https or http. `errc::invalid_url` for anything else: user information, a fragment,
/// and bytes in path or query that would break a request line (blanks and control characters).
[[nodiscard]] WEBPUBSUB_DECL result<websocket_address> parse_websocket_address(std::string_view url);

/// Whether `parse_websocket_address` would succeed; otherwise its error.
[[nodiscard]] WEBPUBSUB_DECL result<void> check_websocket_url(std::string_view url);

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/text/impl/websocket_address.ipp>
#endif
