// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/text/percent.hpp>
#include <webpubsub/text/utf8.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// One parameter of a query, decoded.
struct query_parameter {
    std::string name;
    std::string value;

    friend bool operator==(const query_parameter&, const query_parameter&) = default;
};

/// What the path and the query of a client's URL ask for (sessions.md section 1). An absent parameter and an empty one
/// are the same.
struct client_target {
    std::string hub;
    std::string access_token;
    /// The two of a recovery.
    std::string connection_id;
    std::string reconnection_token;
    /// `webpubsub_mode` as it was written, and the two that belong to it.
    std::string mode;
    std::string group;
    bool no_echo = false;
    /// `noEcho` is neither empty nor one of `true` and `false`.
    bool has_wrong_no_echo = false;
    /// All other parameters in their order, repeated ones too.
    std::vector<query_parameter> others;

    friend bool operator==(const client_target&, const client_target&) = default;
};

struct client_url {
    webpubsub::endpoint endpoint;
    client_target target;

    friend bool operator==(const client_url&, const client_url&) = default;
};

namespace detail {

/// The encoded hub of the path form; empty in the query form, invalid_url where no client connects.
[[nodiscard]] inline result<std::string_view> hub_segment(std::string_view path) {
    constexpr std::string_view client = "/client";
    constexpr std::string_view hubs = "/hubs";
    if (!equal_ignoring_case(path.substr(0, client.size()), client)) return error(errc::invalid_url, 0);
    path.remove_prefix(client.size());
    if (path.empty() || path == "/") return std::string_view();
    if (!equal_ignoring_case(path.substr(0, hubs.size()), hubs)) return error(errc::invalid_url, client.size());
    path.remove_prefix(hubs.size());
    if (path.empty() || path == "/") return error(errc::invalid_hub_name);
    if (path.front() != '/') return error(errc::invalid_url, client.size() + hubs.size());
    path.remove_prefix(1);
    if (path.back() == '/') path.remove_suffix(1);
    if (path.find('/') != std::string_view::npos) return error(errc::invalid_url);
    return path;
}

inline void assign_parameter(client_target& target, std::string& query_hub, std::string_view name,
                             std::string_view value) {
    if (equal_ignoring_case(name, "access_token")) {
        target.access_token = value;
    } else if (equal_ignoring_case(name, "hub")) {
        query_hub = value;
    } else if (equal_ignoring_case(name, "awps_connection_id")) {
        target.connection_id = value;
    } else if (equal_ignoring_case(name, "awps_reconnection_token")) {
        target.reconnection_token = value;
    } else if (equal_ignoring_case(name, "webpubsub_mode")) {
        target.mode = value;
    } else if (equal_ignoring_case(name, "group")) {
        target.group = value;
    } else if (equal_ignoring_case(name, "noEcho")) {
        target.no_echo = equal_ignoring_case(value, "true");
        target.has_wrong_no_echo = !value.empty() && !target.no_echo && !equal_ignoring_case(value, "false");
    } else {
        target.others.push_back({std::string(name), std::string(value)});
    }
}

} // namespace detail

/// Reads the target of an upgrade request (path and query, or an absolute URL): `/client/hubs/{hub}` and
/// `/client/?hub={hub}`. Names of parameters are matched without case, the last of a repeated one counts, `+` in the
/// query is a space. The hub of a path beats one in the query.
/// Errors: invalid_url (no client's path), invalid_hub_name, invalid_percent_encoding, invalid_utf8.
[[nodiscard]] inline result<client_target> parse_client_target(std::string_view target) {
    if (target.empty() || target.front() != '/') {
        const auto parts = detail::split_url(target);
        if (!parts) return parts.error();
        target = parts->rest;
    }
    const auto [path, query] = split_request_target(target);
    const auto segment = detail::hub_segment(path);
    if (!segment) return segment.error();

    client_target out;
    if (auto decoded = percent_decode_append(*segment, out.hub); !decoded) return error(decoded.error().code);
    std::string query_hub;
    bool all_utf8 = true;
    const auto visited = for_each_query_parameter(query, [&](std::string_view name, std::string_view value) {
        all_utf8 = all_utf8 && is_utf8(name) && is_utf8(value);
        detail::assign_parameter(out, query_hub, name, value);
    });
    if (!visited) return error(visited.error().code);
    if (!all_utf8) return error(errc::invalid_utf8);
    if (segment->empty()) out.hub = std::move(query_hub);
    if (!is_valid_hub_name(out.hub)) return error(errc::invalid_hub_name);
    return out;
}

/// Reads a client's URL of scheme wss, ws, https or http. Errors as those of `parse_client_target`.
[[nodiscard]] inline result<client_url> parse_client_url(std::string_view url) {
    auto parts = detail::split_url(url);
    if (!parts) return parts.error();
    if (parts->rest.empty() || parts->rest.front() != '/') return error(errc::invalid_url);
    auto target = parse_client_target(parts->rest);
    if (!target) return target.error();
    return client_url{std::move(parts->where), std::move(*target)};
}

/// Writes the path form with scheme wss or ws. What is empty or false is left out; every value is escaped so that
/// form decoders and plain ones read the same. invalid_hub_name is the only error.
[[nodiscard]] inline result<std::string> format_client_url(const client_url& parts) {
    const client_target& target = parts.target;
    if (!is_valid_hub_name(target.hub)) return error(errc::invalid_hub_name);
    std::string url = websocket_origin(parts.endpoint) + "/client/hubs/";
    percent_encode_append(target.hub, url);
    const auto append = [&url](std::string_view name, std::string_view value) {
        if (!value.empty()) append_query_parameter(url, name, value);
    };
    append("access_token", target.access_token);
    append("webpubsub_mode", target.mode);
    append("group", target.group);
    append("noEcho", target.no_echo ? "true" : "");
    for (const auto& other : target.others) append_query_parameter(url, other.name, other.value);
    append("awps_connection_id", target.connection_id);
    append("awps_reconnection_token", target.reconnection_token);
    return url;
}

/// `wss://{host}/client/hubs/{hub}?access_token={token}`, without the query where the token is empty.
[[nodiscard]] inline result<std::string> make_client_url(const endpoint& where, std::string_view hub,
                                                         std::string_view access_token = {}) {
    client_target target;
    target.hub = hub;
    target.access_token = access_token;
    return format_client_url({where, std::move(target)});
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
