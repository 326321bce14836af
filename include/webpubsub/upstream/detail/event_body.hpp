// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/text/base64.hpp>
#include <webpubsub/upstream/detail/json_texts.hpp>
#include <webpubsub/upstream/event.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The bodies of events as they are sent (upstream.md sections 5 to 7): the mirror of system_event.hpp. All texts are
// UTF-8.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_COLD_INLINE boost::json::object write_named_values(const std::vector<named_values>& named) {
    boost::json::object out;
    for (const auto& [name, values] : named) out.insert_or_assign(name, write_texts(values));
    return out;
}

WEBPUBSUB_COLD_INLINE boost::json::array write_certificates(const std::vector<client_certificate>& certificates) {
    boost::json::array out;
    for (const auto& [thumbprint, pem] : certificates) {
        boost::json::object certificate;
        certificate.emplace("thumbprint", boost::json::string(thumbprint));
        certificate.emplace("content", boost::json::string(pem));
        out.emplace_back(std::move(certificate));
    }
    return out;
}

WEBPUBSUB_COLD_INLINE boost::json::value text_or_null(const std::optional<std::string>& text) {
    return text ? boost::json::value(boost::json::string(*text)) : boost::json::value(nullptr);
}

WEBPUBSUB_COLD_INLINE boost::json::object write_mqtt(const mqtt_connect& mqtt) {
    auto out = write_mqtt_properties(mqtt.user_properties);
    out.emplace("protocolVersion", mqtt.protocol_version);
    out.emplace("username", text_or_null(mqtt.username));
    std::optional<std::string> password;
    if (mqtt.password) base64_encode_append(*mqtt.password, password.emplace());
    out.emplace("password", text_or_null(password));
    return out;
}

WEBPUBSUB_COLD_INLINE std::string write_body(const upstream_events::connect_event& event) {
    boost::json::object body;
    body.emplace("claims", write_named_values(event.claims));
    body.emplace("query", write_named_values(event.query));
    body.emplace("headers", write_named_values(event.headers));
    body.emplace("subprotocols", write_texts(event.subprotocols));
    body.emplace("clientCertificates", write_certificates(event.certificates));
    if (event.mqtt) body.emplace("mqtt", write_mqtt(*event.mqtt));
    return boost::json::serialize(body);
}

WEBPUBSUB_COLD_INLINE std::string write_body(std::string_view name, const std::string& text) {
    boost::json::object body;
    body.emplace(name, boost::json::string(text));
    return boost::json::serialize(body);
}

WEBPUBSUB_COLD_INLINE std::string write_body(const upstream_events::connected_event&) { return "{}"; }
WEBPUBSUB_COLD_INLINE std::string write_body(const upstream_events::disconnected_event& event) {
    return write_body("reason", event.reason);
}
WEBPUBSUB_COLD_INLINE std::string write_body(const upstream_events::group_joined_event& event) {
    return write_body("group", event.group);
}
WEBPUBSUB_COLD_INLINE std::string write_body(const upstream_events::group_left_event& event) {
    return write_body("group", event.group);
}
WEBPUBSUB_COLD_INLINE std::string write_body(const upstream_events::custom_event& event) { return event.data.bytes; }

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
