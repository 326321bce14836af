// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/client_url.hpp>
#include <webpubsub/access/named_values.hpp>
#include <webpubsub/hub/admission.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/upstream/event.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What the handshake of a client said that a hub does not need and the connect event tells (upstream.md section 5).
struct connect_details {
    /// `handshake::claims`.
    std::vector<claim> claims{};
    /// `handshake::query`.
    std::vector<query_parameter> query{};
    /// Those of the client's request, as they came.
    std::vector<http_header> headers{};
    std::vector<client_certificate> certificates{};
};

namespace detail {

/// Text as it came in a header: UTF-8, or otherwise ISO 8859-1, which headers were in once (RFC 9110 section 5.5).
WEBPUBSUB_COLD_INLINE std::string header_text(std::string_view bytes) {
    if (is_utf8(bytes)) return std::string(bytes);
    std::string text;
    for (const char c : bytes) append_code_point(static_cast<unsigned char>(c), text);
    return text;
}

constexpr bool same_text(std::string_view a, std::string_view b) noexcept { return a == b; }

template <class SameName>
void add_value(std::vector<named_values>& to, std::string_view name, std::string value, SameName same_name) {
    const auto found =
        std::find_if(to.begin(), to.end(), [&](const named_values& each) { return same_name(each.name, name); });
    if (found != to.end()) {
        found->values.push_back(std::move(value));
    } else {
        to.push_back({std::string(name), {std::move(value)}});
    }
}

/// Whether a header of a client's request is for nobody but the service.
WEBPUBSUB_COLD_INLINE bool is_private_header(std::string_view name) noexcept {
    constexpr std::string_view internal = "X-ASRS-Internal-";
    return equal_ignoring_case(name, "Authorization") || equal_ignoring_case(name.substr(0, internal.size()), internal);
}

} // namespace detail

/// The event that asks about a client. The access token is left out, also where it is a header, and so are the headers
/// of the service's own proxies.
WEBPUBSUB_COLD_INLINE upstream_events::connect_event make_connect_event(const connect_request& request,
                                                                        connect_details&& details) {
    upstream_events::connect_event event;
    for (auto& each : details.claims) {
        for (auto& value : each.values) {
            detail::add_value(event.claims, each.name, std::move(value), same_text);
        }
        if (each.values.empty()) event.claims.push_back({each.name, {}});
    }
    for (auto& [name, value] : details.query) {
        if (equal_ignoring_case(name, "access_token")) continue;
        detail::add_value(event.query, name, std::move(value), same_text);
    }
    for (const auto& [name, value] : details.headers) {
        if (detail::is_private_header(name)) continue;
        detail::add_value(event.headers, detail::header_text(name), detail::header_text(value), equal_ignoring_case);
    }
    event.subprotocols = request.subprotocols;
    event.certificates = std::move(details.certificates);
    return event;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
