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

/// A URL of scheme https or http, or the rest of one of https.
WEBPUBSUB_COLD_INLINE result<endpoint> parse_service_endpoint(std::string_view url) {
    const auto scheme = url.substr(0, url.find("://"));
    if (scheme.size() == url.size()) return parse_endpoint("https://" + std::string(url));
    if (!equal_ignoring_case(scheme, "https") && !equal_ignoring_case(scheme, "http"))
        return error(errc::invalid_url, 0);
    return parse_endpoint(url);
}

} // namespace detail

/// Pairs in any order, as official clients read them (sessions.md section 2.4): white space around names and values,
/// pieces without '=' and unknown names are ignored, and an endpoint that begins with no scheme is one of https. `Port`
/// replaces the port of the endpoint.
/// invalid_connection_string for a known name that occurs twice, for blanks, line breaks or quotes in the AccessKey,
/// and for whatever else can't be read, with the name and the place of the pair; with the name alone where it is
/// missing. A short AccessKey is key_too_short.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<connection_string> parse_connection_string(std::string_view text) {
    struct known_pair {
        const char* name;
        std::optional<std::string_view> value{};
        std::size_t at = 0;

        error wrong() const noexcept { return error::about(errc::invalid_connection_string, name, at); }
    };
    known_pair pairs[] = {{"Endpoint"}, {"AccessKey"}, {"Version"}, {"Port"}};
    const auto& [url, key, version, port] = pairs;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(';', at), text.size());
        const auto piece = text.substr(at, end - at);
        const std::size_t piece_at = std::exchange(at, end + 1);
        const auto equals = piece.find('=');
        if (equals == std::string_view::npos) continue;
        const auto name = trim_white_space(piece.substr(0, equals));
        for (auto& pair : pairs) {
            if (!equal_ignoring_case(name, pair.name)) continue;
            const bool is_repeated = pair.value.has_value();
            pair.value = trim_white_space(piece.substr(equals + 1));
            pair.at = piece_at;
            if (is_repeated) return pair.wrong();
        }
    }
    for (const auto* const needed : {&url, &key}) {
        if (!needed->value) return error::about(errc::invalid_connection_string, needed->name);
        if (needed->value->empty()) return needed->wrong();
    }

    auto endpoint = detail::parse_service_endpoint(*url.value);
    if (!endpoint) return url.wrong();
    if (port.value) {
        endpoint->port = detail::parse_port(*port.value);
        if (!endpoint->port) return port.wrong();
        if (*endpoint->port == detail::default_port(*endpoint)) endpoint->port.reset();
    }
    // What settings files and shells leave in a key would show only as a refused token much later.
    if (const auto at = key.value->find_first_of(" \t\r\n\"'"); at != std::string_view::npos) {
        const auto place = static_cast<std::size_t>(key.value->data() - text.data()) + at;
        return error::about(errc::invalid_connection_string, key.name, place);
    }
    auto usable_key = access_key::make(std::string(*key.value));
    if (!usable_key) return error(usable_key.error().code, key.at);
    return connection_string{std::move(*endpoint), std::move(*usable_key), std::string(version.value.value_or("1.0"))};
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
