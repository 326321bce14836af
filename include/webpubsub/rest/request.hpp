// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/hmac.hpp>
#include <webpubsub/access/mint_client_token.hpp>
#include <webpubsub/http/content_type.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/rest/call.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/text/json_reader.hpp>
#include <webpubsub/text/percent.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/variant.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The newest stable version of the REST API.
inline constexpr std::string_view rest_api_version = "2024-12-01";

/// The most connections of one page, and of all pages of a list (rest.md section 6).
inline constexpr std::uint32_t max_rest_page_size = 200;
inline constexpr std::uint32_t max_rest_top = 0x7FFFFFFF;

/// A token that somebody else has issued to the caller, such as Microsoft Entra ID for the scope
/// `https://webpubsub.azure.com/.default`. The caller sees to it that it has not expired.
struct bearer_token {
    std::string text;

    friend bool operator==(const bearer_token&, const bearer_token&) = default;
};

/// By which a caller shows who it is.
using rest_credential = variant<access_key, bearer_token>;

/// The hub that requests are for.
struct rest_service {
    /// Under which the service knows itself: it is in the audience of tokens. Requests may go to another host, such as
    /// a proxy, which hands them on.
    webpubsub::endpoint endpoint;
    std::string hub;
    rest_credential credential;
    /// Of a token that is signed for one request.
    std::chrono::seconds token_lifetime = std::chrono::hours(1);
};

namespace detail {

WEBPUBSUB_COLD_INLINE std::string_view argument_of(const rest_call& call, std::string_view name,
                                                   std::string_view hub) noexcept {
    if (name == "hub") return hub;
    if (name == "connectionId") return call.connection_id;
    if (name == "group") return call.group;
    if (name == "userId") return call.user_id;
    return name_of(call.permission);
}

/// The path, each argument encoded as one segment.
WEBPUBSUB_COLD_INLINE std::string rest_path(const rest_call& call, std::string_view hub) {
    std::string path;
    auto rest = route_of(call.operation).path;
    for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
        path += rest.substr(0, open);
        const auto close = rest.find('}');
        percent_encode_append(argument_of(call, rest.substr(open + 1, close - open - 1), hub), path);
        rest.remove_prefix(close + 1);
    }
    return path += rest;
}

/// What is given, in the order of the official JavaScript client.
WEBPUBSUB_COLD_INLINE void append_rest_query(const rest_call& call, std::string& url) {
    const auto append = [&url](std::string_view name, std::string_view value) {
        if (!value.empty()) append_query_parameter(url, name, value);
    };
    const auto append_each = [&append](std::string_view name, const std::vector<std::string>& values) {
        for (const auto& value : values) append(name, value);
    };
    const auto append_number = [&append](std::string_view name, const std::optional<std::uint32_t>& value) {
        if (value) append(name, std::to_string(*value));
    };
    append("api-version", rest_api_version);
    if (call.operation == rest_operation::generate_client_token) {
        append("userId", call.user_id);
        append_each("role", call.roles);
        append_number("minutesToExpire", call.minutes_to_expire);
        append_each("group", call.groups);
        if (call.protocol == client_protocol::mqtt) append("clientType", "mqtt");
    }
    append_each("excluded", call.excluded);
    append("reason", call.reason);
    // That of the two operations on groups is in the body.
    if (call.groups.empty()) append("filter", call.filter);
    append_number("messageTtlSeconds", call.message_ttl);
    append("targetName", call.target_name);
    append_number("maxpagesize", call.max_page_size);
    append_number("top", call.top);
    append("continuationToken", call.continuation_token);
}

WEBPUBSUB_COLD_INLINE bool changes_groups(rest_operation operation) noexcept {
    return operation == rest_operation::add_connections_to_groups ||
           operation == rest_operation::remove_connections_from_groups;
}

/// Whether an id can be a segment of a path. The service refuses a blank one, and two others would lead elsewhere: what
/// reads a URL resolves them, even encoded (RFC 3986 section 5.2.4).
WEBPUBSUB_COLD_INLINE bool is_segment(std::string_view id) noexcept {
    return is_utf8(id) && !is_blank(id) && id != "." && id != "..";
}

WEBPUBSUB_COLD_INLINE result<void> check_path(const rest_call& call, std::string_view hub) {
    const auto path = route_of(call.operation).path;
    const auto takes = [path](std::string_view name) { return path.find(name) != std::string_view::npos; };
    if (takes("{hub}") && !is_valid_hub_name(hub)) return error(errc::invalid_hub_name);
    if (takes("{group}") && !is_valid_group_name(call.group)) return error(errc::invalid_group_name);
    if (takes("{group}") && !is_segment(call.group)) return error::about(errc::invalid_argument, "group");
    if (takes("{connectionId}") && !is_segment(call.connection_id)) {
        return error::about(errc::invalid_argument, "connection_id");
    }
    if (takes("{userId}") && !is_segment(call.user_id)) return error::about(errc::invalid_argument, "user_id");
    return {};
}

WEBPUBSUB_COLD_INLINE result<void> check_query(const rest_call& call) {
    if (!all_utf8(call.excluded)) return error::about(errc::invalid_argument, "excluded");
    if (!all_utf8(call.roles)) return error::about(errc::invalid_argument, "roles");
    if (!is_utf8(call.filter)) return error::about(errc::invalid_argument, "filter");
    if (!is_utf8(call.reason)) return error::about(errc::invalid_argument, "reason");
    for (const auto& group : call.groups) {
        if (!is_valid_group_name(group)) return error(errc::invalid_group_name);
    }
    if (changes_groups(call.operation) && call.groups.empty()) return error::about(errc::invalid_argument, "groups");
    if (call.message_ttl && *call.message_ttl > max_ttl_seconds) return error::about(errc::invalid_argument, "ttl");
    if (call.minutes_to_expire == 0u) return error::about(errc::invalid_argument, "minutes_to_expire");
    if (call.max_page_size && (*call.max_page_size == 0 || *call.max_page_size > max_rest_page_size)) {
        return error::about(errc::invalid_argument, "max_page_size");
    }
    if (call.top == 0u || call.top > max_rest_top) return error::about(errc::invalid_argument, "top");
    const bool is_permission = call.operation == rest_operation::grant_permission ||
                               call.operation == rest_operation::revoke_permission ||
                               call.operation == rest_operation::check_permission;
    if (is_permission && !is_valid_group_name(call.target_name)) return error(errc::invalid_group_name);
    return {};
}

WEBPUBSUB_COLD_INLINE result<void> check_message(const rest_call& call) {
    if (!sends_message(call.operation)) return {};
    // Not even a protobuf payload has a content type that the service takes (rest.md section 5).
    if (call.data.type == data_type::protobuf) return error(errc::not_encodable);
    if (!is_body_of(call.data.type, call.data.bytes, max_json_depth)) return error(errc::invalid_payload);
    // In a header a control character would be its end.
    for (const auto& [key, value] : call.metadata) {
        if (!is_header_value(value)) return error(errc::invalid_metadata);
    }
    return check_metadata(call.metadata);
}

WEBPUBSUB_COLD_INLINE std::string groups_body(const rest_call& call) {
    std::string body = R"({"groups":)";
    for (std::size_t i = 0; i < call.groups.size(); ++i) {
        body += i == 0 ? '[' : ',';
        append_json_string(call.groups[i], body);
    }
    body += ']';
    if (!call.filter.empty()) {
        body += R"(,"filter":)";
        append_json_string(call.filter, body);
    }
    return body += '}';
}

WEBPUBSUB_COLD_INLINE void write_body(const rest_call& call, http_request& request) {
    if (sends_message(call.operation)) {
        request.headers.push_back({"Content-Type", std::string(content_type_of(call.data.type))});
        for (const auto& [key, value] : call.metadata) {
            request.headers.push_back({"X-WebPubSub-Metadata-" + key, value});
        }
        request.body = call.data.bytes;
    } else if (changes_groups(call.operation)) {
        request.headers.push_back({"Content-Type", "application/json"});
        request.body = groups_body(call);
    }
}

} // namespace detail

/// The request of an operation, ready to be sent to the service's endpoint. With an access key it has a token that is
/// signed for this one request; a repetition after its lifetime is made anew.
/// Errors: invalid_hub_name, invalid_group_name, invalid_argument with the name of what is wrong, invalid_payload for
/// text or JSON that is none, not_encodable for protobuf data, invalid_metadata; insecure_endpoint for a bearer token
/// and an endpoint without TLS, where others could read and use it.
template <hmac_sha256 Hmac>
[[nodiscard]] result<http_request> make_rest_request(const rest_service& service, const rest_call& call, wall_time now,
                                                     const Hmac& hmac) {
    if (const auto checked = detail::check_path(call, service.hub); !checked) return checked.error();
    if (const auto checked = detail::check_query(call); !checked) return checked.error();
    if (const auto checked = detail::check_message(call); !checked) return checked.error();

    http_request request;
    request.method = route_of(call.operation).method;
    request.target = detail::rest_path(call, service.hub);
    detail::append_rest_query(call, request.target);
    if (request.method != http_method::head) request.headers.push_back({"Accept", "application/json"});
    detail::write_body(call, request);
    if (call.operation == rest_operation::get_service_status) return request;

    std::string token;
    if (const auto* const key = get_if<access_key>(&service.credential)) {
        client_token_options options;
        options.lifetime = service.token_lifetime;
        auto signed_token = mint_client_token(options, http_origin(service.endpoint) + request.target, *key, now, hmac);
        if (!signed_token) return signed_token.error();
        token = std::move(*signed_token);
    } else {
        if (!service.endpoint.secure) return error(errc::insecure_endpoint);
        token = get_if<bearer_token>(&service.credential)->text;
        if (token.empty() || !is_header_value(token) || token.find(' ') != std::string::npos) {
            return error::about(errc::invalid_argument, "credential");
        }
    }
    request.headers.push_back({"Authorization", "Bearer " + token});
    return request;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
