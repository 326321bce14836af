// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/upstream/event.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The JSON bodies of the events that are not the client's own (upstream.md section 5 and 6). What is absent or null is
// empty, what has another type is an error.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_COLD_INLINE bool read_texts(const boost::json::value* from, std::vector<std::string>& out) {
    if (from == nullptr || from->is_null()) return true;
    if (!from->is_array()) return false;
    for (const auto& each : from->get_array()) {
        if (!each.is_string()) return false;
        out.emplace_back(each.get_string());
    }
    return true;
}

WEBPUBSUB_COLD_INLINE bool read_named_values(const boost::json::value* from, std::vector<named_values>& out) {
    if (from == nullptr || from->is_null()) return true;
    if (!from->is_object()) return false;
    for (const auto& member : from->get_object()) {
        out.push_back({std::string(member.key()), {}});
        if (!read_texts(&member.value(), out.back().values)) return false;
    }
    return true;
}

WEBPUBSUB_COLD_INLINE bool read_optional_text(const boost::json::value* from, std::optional<std::string>& out) {
    if (from == nullptr || from->is_null()) return true;
    if (!from->is_string()) return false;
    out.emplace(from->get_string());
    return true;
}

WEBPUBSUB_COLD_INLINE bool read_certificates(const boost::json::value* from, std::vector<client_certificate>& out) {
    if (from == nullptr || from->is_null()) return true;
    if (!from->is_array()) return false;
    for (const auto& each : from->get_array()) {
        if (!each.is_object()) return false;
        std::optional<std::string> thumbprint, pem;
        const auto& members = each.get_object();
        if (!read_optional_text(members.if_contains("thumbprint"), thumbprint) ||
            !read_optional_text(members.if_contains("content"), pem)) {
            return false;
        }
        out.push_back({thumbprint.value_or(""), pem.value_or("")});
    }
    return true;
}

/// A list of objects with a name and a value each.
WEBPUBSUB_COLD_INLINE bool read_mqtt_properties(const boost::json::value* from, string_map& out) {
    if (from == nullptr || from->is_null()) return true;
    if (!from->is_array()) return false;
    for (const auto& each : from->get_array()) {
        std::optional<std::string> name, value;
        if (!each.is_object() || !read_optional_text(each.get_object().if_contains("name"), name) ||
            !read_optional_text(each.get_object().if_contains("value"), value)) {
            return false;
        }
        out.push_back({name.value_or(""), value.value_or("")});
    }
    return true;
}

WEBPUBSUB_COLD_INLINE bool read_mqtt(const boost::json::value* from, std::optional<mqtt_connect>& out) {
    if (from == nullptr || from->is_null()) return true;
    if (!from->is_object()) return false;
    const auto& members = from->get_object();
    auto& mqtt = out.emplace();
    const auto* const version = members.if_contains("protocolVersion");
    if (version == nullptr || !version->is_int64() || version->get_int64() < 0 || version->get_int64() > 255)
        return false;
    mqtt.protocol_version = static_cast<std::uint8_t>(version->get_int64());
    std::optional<std::string> password;
    if (!read_optional_text(members.if_contains("username"), mqtt.username) ||
        !read_optional_text(members.if_contains("password"), password)) {
        return false;
    }
    if (password && !base64_decode_append(*password, mqtt.password.emplace())) return false;
    return read_mqtt_properties(members.if_contains("userProperties"), mqtt.user_properties);
}

WEBPUBSUB_COLD_INLINE std::optional<upstream_event> read_system_event(std::string_view name, std::string_view body,
                                                                      std::size_t max_depth) {
    boost::json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code failure;
    const auto parsed = boost::json::parse(body, failure, {}, options);
    if (failure || !parsed.is_object()) return std::nullopt;
    const auto& members = parsed.get_object();
    if (name == "connect") {
        upstream_events::connect_event event;
        const bool read = read_named_values(members.if_contains("claims"), event.claims) &&
                          read_named_values(members.if_contains("query"), event.query) &&
                          read_named_values(members.if_contains("headers"), event.headers) &&
                          read_texts(members.if_contains("subprotocols"), event.subprotocols) &&
                          read_certificates(members.if_contains("clientCertificates"), event.certificates) &&
                          read_mqtt(members.if_contains("mqtt"), event.mqtt);
        return read ? std::optional<upstream_event>(std::move(event)) : std::nullopt;
    }
    if (name == "connected") return upstream_events::connected_event{};
    std::optional<std::string> text;
    const bool is_end = name == "disconnected";
    if (!read_optional_text(members.if_contains(is_end ? "reason" : "group"), text)) return std::nullopt;
    if (is_end) return upstream_events::disconnected_event{text.value_or("")};
    if (!text || !is_valid_group_name(*text)) return std::nullopt;
    if (name == "joined") return upstream_events::group_joined_event{std::move(*text)};
    return upstream_events::group_left_event{std::move(*text)};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
