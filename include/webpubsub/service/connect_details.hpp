// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/client_url.hpp>
#include <webpubsub/access/named_values.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/hub/admission.hpp>
#include <webpubsub/support/name_index.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/upstream/event.hpp>

#include <cstddef>
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

/// Values by name, in the order in which the names came first. Adding one takes logarithmic time: a client may send
/// very many.
class value_collector {
public:
    /// Names with the same key are one.
    void add(std::string_view key, std::string_view name, std::string&& value) {
        const auto* const found = places_.find(key);
        if (found != nullptr) return collected_[static_cast<std::size_t>(*found)].values.push_back(std::move(value));
        places_.set(key, collected_.size());
        collected_.push_back({std::string(name), {std::move(value)}});
    }
    std::vector<named_values> take() { return std::move(collected_); }

private:
    name_index places_;
    std::vector<named_values> collected_;
};

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
    detail::value_collector query;
    for (auto& [name, value] : details.query) {
        if (!equal_ignoring_case(name, "access_token")) query.add(name, name, std::move(value));
    }
    detail::value_collector headers;
    for (const auto& [name, value] : details.headers) {
        if (detail::is_private_header(name)) continue;
        headers.add(to_lower(name), detail::header_text(name), detail::header_text(value));
    }
    upstream_events::connect_event event;
    event.claims = std::move(details.claims);
    event.query = query.take();
    event.headers = headers.take();
    event.subprotocols = request.subprotocols;
    event.certificates = std::move(details.certificates);
    return event;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
