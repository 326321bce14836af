// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/http/content_type.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/http/metadata_headers.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/upstream/detail/event_body.hpp>
#include <webpubsub/upstream/event.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A request to an event handler: the mirror of receive.hpp.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a request says besides the event; views.
struct upstream_envelope {
    /// Path and query of the handler's URL.
    std::string_view target;
    /// `WebHook-Request-Origin`: the host of the service, or a list of hosts.
    std::string_view origin;
    /// See `sign_connection`; empty for none, as below.
    std::string_view signature{};
    /// A GUID, the same in each repetition of an event.
    std::string_view request_id{};
    /// See `cookie_jar`.
    std::string_view cookies{};
};

/// The name of an event without the prefix of its type (upstream.md sections 5 to 7): that of a user event is in the
/// context.
WEBPUBSUB_COLD_INLINE std::string_view name_of_event(const upstream_context& context,
                                                     const upstream_event& event) noexcept {
    constexpr std::string_view names[] = {"connect", "connected", "disconnected", "joined", "left"};
    return holds_alternative<upstream_events::custom_event>(event) ? std::string_view(context.event_name)
                                                                   : names[event.index()];
}

namespace detail {

WEBPUBSUB_COLD_INLINE std::string type_of_event(std::string_view name, const upstream_event& event) {
    constexpr std::string_view prefixes[] = {"sys.", "sys.", "sys.", "gp.", "gp.", "user."};
    return "azure.webpubsub." + std::string(prefixes[event.index()]) + std::string(name);
}

/// Metadata as it is sent: in lower case, in which two keys may have become one.
WEBPUBSUB_COLD_INLINE string_map metadata_to_send(const upstream_event& event) {
    string_map metadata;
    if (const auto* const custom = get_if<upstream_events::custom_event>(&event)) metadata = custom->metadata;
    for (auto& each : metadata) each.key = to_lower(each.key);
    keep_last_of_each_key(metadata);
    return metadata;
}

WEBPUBSUB_COLD_INLINE bool named_values_are_utf8(const std::vector<named_values>& named) noexcept {
    for (const auto& [name, values] : named) {
        if (!is_utf8(name) || !all_utf8(values)) return false;
    }
    return true;
}

WEBPUBSUB_COLD_INLINE bool is_utf8_body(const upstream_event& event) noexcept {
    if (const auto* const connect = get_if<upstream_events::connect_event>(&event)) {
        return named_values_are_utf8(connect->claims) && named_values_are_utf8(connect->query) &&
               named_values_are_utf8(connect->headers) && all_utf8(connect->subprotocols);
    }
    const auto* const end = get_if<upstream_events::disconnected_event>(&event);
    return end == nullptr || is_utf8(end->reason);
}

} // namespace detail

/// Whether an event can be sent as it is. No request can hold a header value that is not printable ASCII, or has a
/// blank at an end: the service fails such an event and does not try it again (upstream.md section 3). invalid_argument
/// with the name of what it is about, or of a text of the body that is not UTF-8; invalid_metadata.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<void> check_sendable(const upstream_context& context,
                                                                const upstream_event& event) {
    const auto about = [](const char* name) { return error::about(errc::invalid_argument, name); };
    if (!is_whole_header_value(context.hub)) return about("hub");
    if (!is_whole_header_value(context.connection_id)) return about("connection_id");
    if (!is_whole_header_value(name_of_event(context, event))) return about("event_name");
    if (context.user_id && !is_whole_header_value(*context.user_id)) return about("user_id");
    if (!is_whole_header_value(context.subprotocol)) return about("subprotocol");
    if (context.state && !is_whole_header_value(*context.state)) return about("state");
    if (!is_whole_header_value(context.physical_connection_id)) return about("physical_connection_id");
    if (!is_whole_header_value(context.session_id)) return about("session_id");
    for (const auto& [key, value] : detail::metadata_to_send(event)) {
        if (!is_valid_metadata_key(key) || !is_whole_header_value(value)) return error(errc::invalid_metadata);
    }
    if (!detail::is_utf8_body(event)) return about("body");
    return {};
}

/// The request that carries an event (upstream.md sections 3 to 7), which `check_sendable` has nothing against:
/// otherwise the error is the same. Of connect events `ce-subprotocol` and `ce-connectionState` are left out, but for
/// MQTT's, whose subprotocol is always there.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<http_request> write_upstream(const upstream_context& context,
                                                                        const upstream_event& event,
                                                                        const upstream_envelope& envelope) {
    if (const auto checked = check_sendable(context, event); !checked) return checked.error();
    http_request request;
    request.method = http_method::post;
    request.target = envelope.target;
    const auto add = [&](std::string_view name, std::string_view value) {
        request.headers.push_back({std::string(name), std::string(value)});
    };
    const auto add_if = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) add(name, value);
    };
    const auto name = name_of_event(context, event);
    const auto* const custom = get_if<upstream_events::custom_event>(&event);
    const bool is_connect = holds_alternative<upstream_events::connect_event>(event);

    add("WebHook-Request-Origin", envelope.origin);
    const auto type = custom != nullptr ? custom->data.type : data_type::json;
    add("Content-Type", type == data_type::text ? "text/plain; charset=utf-8" : content_type_of(type));
    add("ce-specversion", "1.0");
    add("ce-type", detail::type_of_event(name, event));
    auto source = "/hubs/" + context.hub + "/client/" + context.connection_id;
    if (context.is_mqtt()) source += "/" + context.physical_connection_id;
    add("ce-source", source);
    add("ce-id", context.event_id);
    add("ce-time", context.time);
    add("ce-awpsversion", "1.0");
    add_if("ce-signature", envelope.signature);
    add("ce-hub", context.hub);
    add("ce-connectionId", context.connection_id);
    add("ce-eventName", name);
    if (context.user_id) add("ce-userId", *context.user_id);
    if (!is_connect || context.is_mqtt()) add_if("ce-subprotocol", context.subprotocol);
    if (!is_connect && context.state) add("ce-connectionState", *context.state);
    add_if("ce-physicalConnectionId", context.physical_connection_id);
    add_if("ce-sessionId", context.session_id);
    add_if("x-ms-client-request-id", envelope.request_id);
    add_if("Cookie", envelope.cookies);
    for (const auto& [key, value] : detail::metadata_to_send(event)) {
        add(std::string(detail::metadata_header_prefix) + key, value);
    }
    request.body = visit([](const auto& each) { return detail::write_body(each); }, event);
    return request;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
