// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/text/redact.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a connection string of the Azure portal says (sessions.md section 2.4).
struct connection_string {
    webpubsub::endpoint endpoint;
    access_key key;
    std::string version = "1.0";

    friend bool operator==(const connection_string&, const connection_string&) = default;
};

namespace detail {

WEBPUBSUB_COLD_INLINE std::string format_connection_string(const connection_string& parts, std::string_view key) {
    std::string text = "Endpoint=" + http_origin(parts.endpoint) + ";AccessKey=";
    text += key;
    text += ";Version=" + parts.version + ";";
    return text;
}

} // namespace detail

/// Pairs in any order, white space around names and values ignored, unknown names ignored. A known name that occurs
/// twice, a pair without '=', blanks, line breaks or quotes in the AccessKey, and anything else unreadable is
/// invalid_connection_string; a short AccessKey is key_too_short. `Port` overrides the port of the endpoint. Offsets of
/// errors point to the pair.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<connection_string> parse_connection_string(std::string_view text) {
    std::optional<std::string_view> endpoint_url, key, version, port;
    std::size_t endpoint_at = 0, key_at = 0, port_at = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(';', at), text.size());
        const auto pair = text.substr(at, end - at);
        const std::size_t pair_at = std::exchange(at, end + 1);
        if (trim_white_space(pair).empty()) continue;
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos) return error(errc::invalid_connection_string, pair_at);
        const auto name = trim_white_space(pair.substr(0, equals));
        const auto value = trim_white_space(pair.substr(equals + 1));

        std::optional<std::string_view>* target = nullptr;
        if (equal_ignoring_case(name, "Endpoint")) target = &endpoint_url, endpoint_at = pair_at;
        if (equal_ignoring_case(name, "AccessKey")) target = &key, key_at = pair_at;
        if (equal_ignoring_case(name, "Version")) target = &version;
        if (equal_ignoring_case(name, "Port")) target = &port, port_at = pair_at;
        if (target == nullptr) continue;
        if (target->has_value()) return error(errc::invalid_connection_string, pair_at);
        *target = value;
    }
    if (!endpoint_url || !key || key->empty()) return error(errc::invalid_connection_string);

    const auto scheme = endpoint_url->substr(0, endpoint_url->find(':'));
    auto endpoint = parse_endpoint(*endpoint_url);
    if (!endpoint || (!equal_ignoring_case(scheme, "https") && !equal_ignoring_case(scheme, "http"))) {
        return error(errc::invalid_connection_string, endpoint_at);
    }
    if (port) {
        endpoint->port = detail::parse_port(*port);
        if (!endpoint->port) return error(errc::invalid_connection_string, port_at);
        if (*endpoint->port == detail::default_port(*endpoint)) endpoint->port.reset();
    }
    // What settings files and shells leave in a key would show only as a refused token much later.
    if (const auto at = key->find_first_of(" \t\r\n\"'"); at != std::string_view::npos) {
        return error(errc::invalid_connection_string, static_cast<std::size_t>(key->data() - text.data()) + at);
    }
    auto usable_key = access_key::make(std::string(*key));
    if (!usable_key) return error(usable_key.error().code, key_at);
    return connection_string{std::move(*endpoint), std::move(*usable_key), std::string(version.value_or("1.0"))};
}

/// The connection string with its secret, as the portal prints it.
WEBPUBSUB_COLD_INLINE std::string format_connection_string(const connection_string& parts) {
    return detail::format_connection_string(parts, parts.key.text());
}

/// For logs: the same text with `redacted_text` in place of the key.
WEBPUBSUB_COLD_INLINE std::string redacted(const connection_string& parts) {
    return detail::format_connection_string(parts, redacted_text);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
