// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/audience.hpp>
#include <webpubsub/access/authorization.hpp>
#include <webpubsub/access/client_claims.hpp>
#include <webpubsub/access/client_token.hpp>
#include <webpubsub/access/client_url.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/error.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/rules/send_to_group_mode.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/time.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a client's upgrade request says, as far as its admission depends on it; views into the request.
struct client_request {
    /// The request target: path and query.
    std::string_view target;
    /// The value of the `Authorization` header, empty if there is none.
    std::string_view authorization;
};

struct client_request_rules {
    /// Where clients reach the service. A token must have been issued for one of them.
    std::vector<endpoint> endpoints;
    /// The primary and the secondary key; a token signed with any of them is good.
    std::vector<access_key> keys;
    /// Admits requests without a token (`anonymousConnectPolicy`). A bad token is refused all the same.
    bool allow_anonymous = false;
    client_token_rules tokens;
    std::size_t max_target_bytes = 64 * 1024;
};

/// A request to take up an earlier connection. Whether that is possible is for the hub to say, after the upgrade
/// (close code 1008).
struct client_recovery {
    std::string connection_id;
    std::string reconnection_token;

    friend bool operator==(const client_recovery&, const client_recovery&) = default;
};

/// A client that may have its upgrade.
struct client_identity {
    /// Lower case: hubs are compared without case.
    std::string hub;
    /// If set, everything below is empty: a recovered connection is who it was.
    std::optional<client_recovery> recovery;
    std::optional<std::string> user_id;
    std::vector<std::string> roles;
    /// Valid names, to be joined before the first frame.
    std::vector<std::string> groups;
    /// Unset: the default mode `sendEvent`. For simple clients only.
    std::optional<send_to_group_mode> send_to_group;
    /// The query without the parameters that the protocol knows, for the connect event.
    std::vector<query_parameter> query;
    /// All claims of the token, for the connect event.
    std::vector<claim> claims;

    friend bool operator==(const client_identity&, const client_identity&) = default;
};

/// The answer to a request that is not upgraded.
struct client_refusal {
    /// 400, 401, or 404 for a path that is not a client's.
    unsigned http_status;
    /// For the body of the response; says nothing of the request's content and nothing of the keys.
    std::string message;
    errc reason;

    friend bool operator==(const client_refusal&, const client_refusal&) = default;
};

using client_verdict = result<client_identity, client_refusal>;

namespace detail {

inline client_refusal refuse_client(unsigned http_status, errc reason) {
    return {http_status, message_of(reason), reason};
}

/// sessions.md section 5: an empty mode is the default, in which `group` and `noEcho` mean nothing.
[[nodiscard]] inline std::optional<client_refusal> read_mode(client_target& target, client_identity& client) {
    if (target.mode.empty() || equal_ignoring_case(target.mode, "sendEvent")) return std::nullopt;
    if (!equal_ignoring_case(target.mode, "sendToGroup")) {
        return client_refusal{400, "The webpubsub_mode is unknown.", errc::invalid_url};
    }
    if (!is_valid_group_name(target.group)) return refuse_client(400, errc::invalid_group_name);
    if (target.has_wrong_no_echo) return client_refusal{400, "noEcho is neither true nor false.", errc::invalid_url};
    client.send_to_group = send_to_group_mode{std::move(target.group), target.no_echo};
    return std::nullopt;
}

} // namespace detail

/// What the service does with an upgrade request before a hub sees it (sessions.md sections 1, 2 and 7.1). In order:
/// the target and its hub; a recovery, which needs no token and ignores one; the token, from the query or else from
/// the header; the groups of the token; the mode of a simple client.
template <hmac_sha256 Hmac>
[[nodiscard]] client_verdict authenticate_client(const client_request& request, const client_request_rules& rules,
                                                 wall_time now, const Hmac& hmac) {
    if (request.target.size() > rules.max_target_bytes) {
        return client_refusal{400, "The request target is too long.", errc::frame_too_large};
    }
    auto target = parse_client_target(request.target);
    if (!target) {
        const errc reason = target.error().code;
        return detail::refuse_client(reason == errc::invalid_url ? 404 : 400, reason);
    }
    client_identity client;
    client.hub = to_lower(target->hub);
    if (!target->connection_id.empty()) {
        client.recovery = client_recovery{std::move(target->connection_id), std::move(target->reconnection_token)};
        return client;
    }

    const std::string_view token =
        target->access_token.empty() ? token_of_authorization(request.authorization) : target->access_token;
    if (!token.empty()) {
        std::vector<std::string> audiences;
        for (const auto& where : rules.endpoints) audiences.push_back(client_audience(where, client.hub));
        auto claims = verify_client_token(token, rules.keys, audiences, now, hmac, rules.tokens);
        if (!claims) return detail::refuse_client(401, claims.error().code);
        if (!std::all_of(claims->groups.begin(), claims->groups.end(), is_valid_group_name)) {
            return client_refusal{400, "The token contains an invalid group name.", errc::invalid_group_name};
        }
        client.user_id = std::move(claims->user_id);
        client.roles = std::move(claims->roles);
        client.groups = std::move(claims->groups);
        client.claims = std::move(claims->all);
    } else if (!rules.allow_anonymous) {
        return detail::refuse_client(401, errc::token_missing);
    }
    if (auto refusal = detail::read_mode(*target, client)) return std::move(*refusal);
    client.query = std::move(target->others);
    return client;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
