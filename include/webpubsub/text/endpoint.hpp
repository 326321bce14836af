// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Where a service listens: scheme, host and port, never a path. The same endpoint is reached with http(s) for REST
/// and ws(s) for clients.
struct endpoint {
    /// https and wss, as opposed to http and ws.
    bool secure = true;
    /// Lower case; an IPv6 address keeps its brackets.
    std::string host;
    /// Empty for the default of the scheme (443 or 80), and never equal to it when it was parsed.
    std::optional<std::uint16_t> port;

    friend bool operator==(const endpoint&, const endpoint&) = default;
};

namespace detail {

constexpr std::uint16_t default_port(const endpoint& where) noexcept { return where.secure ? 443 : 80; }

/// Decimal digits only, 1 to 65535.
WEBPUBSUB_DECL std::optional<std::uint16_t> parse_port(std::string_view text) noexcept;

/// A URL cut in two, by the schemes that this protocol knows.
struct split_url_result {
    endpoint where;
    /// Path, query and fragment as they came.
    std::string_view rest;
};

[[nodiscard]] WEBPUBSUB_DECL result<void> split_url(std::string_view url, split_url_result& out);
[[nodiscard]] WEBPUBSUB_DECL result<split_url_result> split_url(std::string_view url);

/// 1 to 65535, in digits.
[[nodiscard]] WEBPUBSUB_DECL std::optional<std::uint16_t> parse_port(std::string_view text) noexcept;

} // namespace detail

/// From a URL of scheme https, http, wss or ws. Trailing slashes are tolerated; a path, a query or user information
/// is invalid_url.
[[nodiscard]] WEBPUBSUB_DECL result<endpoint> parse_endpoint(std::string_view url);

/// `https://host[:port]`, without a slash at its end.
WEBPUBSUB_DECL std::string http_origin(const endpoint& where);

/// `wss://host[:port]`, without a slash at its end.
WEBPUBSUB_DECL std::string websocket_origin(const endpoint& where);

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/text/impl/endpoint.ipp>
#endif
