// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/client_request.hpp>
#include <webpubsub/access/client_url.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/error.hpp>
#include <webpubsub/hub/admission.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/time.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a client's HTTP request says, as far as its admission to a hub depends on it; views into the request.
struct upgrade_request {
    /// Path and query.
    std::string_view target;
    /// The value of the header `Authorization`; empty where there is none, as below.
    std::string_view authorization;
    /// The value of `Sec-WebSocket-Protocol`, those of several headers joined by commas.
    std::string_view subprotocols;
    /// Whether it asks for WebSocket at all: RFC 6455 section 4.2.1, which the WebSocket layer knows to check.
    bool is_websocket = true;
};

/// A client that may be admitted: `hub` is the lower-case name of the hub whose `admit` takes `request`.
///
/// A recovery comes here without any proof: a host that makes hubs when they are asked for makes none for it.
struct handshake {
    std::string hub;
    connect_request request;
    /// What an application that is asked about the client may want to know besides (upstream.md section 5): the query
    /// without the protocol's own parameters, and all claims of the token.
    std::vector<query_parameter> query;
    std::vector<claim> claims;
};

using handshake_verdict = result<handshake, client_refusal>;

/// The names that `Sec-WebSocket-Protocol` offers, in their order and spelling; empty elements of the list are passed
/// over. wrong_subprotocol, with the offset, for what is no name.
[[nodiscard]] inline result<std::vector<std::string>> parse_subprotocols(std::string_view header) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at < header.size();) {
        const auto end = std::min(header.find(',', at), header.size());
        const auto first = std::min(header.find_first_not_of(" \t", at), end);
        const auto last = first == end ? end : header.find_last_not_of(" \t", end - 1) + 1;
        const auto name = header.substr(first, last - first);
        at = end + 1;
        if (name.empty()) continue;
        if (!is_http_token(name)) return error(errc::wrong_subprotocol, first);
        names.emplace_back(name);
    }
    return names;
}

/// The service's part of the handshake before a hub sees the client: `authenticate_client`, then the list of
/// subprotocols. On a client's path a request without upgrade is refused with 400, elsewhere everything with 404
/// (sessions.md section 1).
template <hmac_sha256 Hmac>
[[nodiscard]] handshake_verdict authenticate_upgrade(const upgrade_request& request, const client_request_rules& rules,
                                                     wall_time now, const Hmac& hmac) {
    if (!request.is_websocket) {
        const auto target = parse_client_target(request.target);
        if (!target && target.error().code == errc::invalid_url) return detail::refuse_client(404, errc::invalid_url);
        return client_refusal{400, "Clients connect by an upgrade to WebSocket.", errc::unexpected_message};
    }
    auto client = authenticate_client({request.target, request.authorization}, rules, now, hmac);
    if (!client) return std::move(client).error();
    auto subprotocols = parse_subprotocols(request.subprotocols);
    if (!subprotocols) {
        return client_refusal{400, "Sec-WebSocket-Protocol is not a list of names.", subprotocols.error().code};
    }

    handshake accepted{std::move(client->hub), {}, std::move(client->query), std::move(client->claims)};
    accepted.request.user_id = std::move(client->user_id);
    accepted.request.roles = std::move(client->roles);
    accepted.request.groups = std::move(client->groups);
    accepted.request.publishes_to = std::move(client->send_to_group);
    accepted.request.subprotocols = std::move(*subprotocols);
    if (client->recovery) {
        accepted.request.recovery = recovery_request{std::move(client->recovery->connection_id),
                                                     std::move(client->recovery->reconnection_token)};
    }
    return accepted;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
