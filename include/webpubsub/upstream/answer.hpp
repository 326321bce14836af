// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/http/content_type.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/utf8.hpp>
#include <webpubsub/upstream/detail/json_texts.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Who a client is, as the application decides; what is not set stays as the token says (upstream.md section 5).
struct connect_answer {
    /// An empty one makes the client anonymous.
    std::optional<std::string> user_id{};
    /// In place of the token's, if there is any.
    std::vector<std::string> groups{};
    /// In place of the token's, also where there is none.
    std::optional<std::vector<std::string>> roles{};
    /// One of those offered; without it the service chooses.
    std::optional<std::string> subprotocol{};
    /// The connection's state from now on, which comes with each of its events.
    std::optional<std::string> state{};
    /// For CONNACK of MQTT 5.
    string_map mqtt_user_properties{};
};

/// What a client gets in answer to its event.
struct event_answer {
    /// Nothing: the client gets no message, only its acknowledgement.
    std::optional<payload> data{};
    /// Of the message. Without data and with metadata the client gets an empty text.
    string_map metadata{};
    /// The connection's state from now on; where there is none it stays.
    std::optional<std::string> state{};
};

namespace detail {

WEBPUBSUB_COLD_INLINE result<void> add_state(const std::optional<std::string>& state, http_response& response) {
    if (!state) return {};
    if (!is_header_value(*state)) return error::about(errc::invalid_argument, "state");
    response.headers.push_back({"ce-connectionState", *state});
    return {};
}

WEBPUBSUB_COLD_INLINE result<void> check_connect_answer(const connect_answer& answer) {
    if (answer.user_id && !is_utf8(*answer.user_id)) return error::about(errc::invalid_argument, "user_id");
    if (!std::all_of(answer.groups.begin(), answer.groups.end(), is_valid_group_name)) {
        return error(errc::invalid_group_name);
    }
    if (answer.roles && !all_utf8(*answer.roles)) return error::about(errc::invalid_argument, "roles");
    if (answer.subprotocol && !is_utf8(*answer.subprotocol)) return error::about(errc::invalid_argument, "subprotocol");
    for (const auto& [name, value] : answer.mqtt_user_properties) {
        if (!is_utf8(name) || !is_utf8(value)) return error::about(errc::invalid_argument, "mqtt_user_properties");
    }
    return {};
}

} // namespace detail

/// To an event that is not blocking; the service does not look at it.
WEBPUBSUB_COLD_INLINE http_response acknowledge_event() {
    http_response response;
    response.status = 200;
    return response;
}

/// Lets a client in. Errors: invalid_group_name; invalid_argument with the name of what is not UTF-8, or of a state
/// that is not printable ASCII, as a header has to be.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<http_response> accept_connect(const connect_answer& answer = {}) {
    if (const auto checked = detail::check_connect_answer(answer); !checked) return checked.error();
    http_response response;
    boost::json::object body;
    if (answer.user_id) body.emplace("userId", boost::json::string(*answer.user_id));
    if (!answer.groups.empty()) body.emplace("groups", detail::write_texts(answer.groups));
    if (answer.roles) body.emplace("roles", detail::write_texts(*answer.roles));
    if (answer.subprotocol) body.emplace("subprotocol", boost::json::string(*answer.subprotocol));
    if (!answer.mqtt_user_properties.empty()) {
        body.emplace("mqtt", detail::write_mqtt_properties(answer.mqtt_user_properties));
    }
    response.status = body.empty() ? 204 : 200;
    if (!body.empty()) {
        response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
        response.body = boost::json::serialize(body);
    }
    if (const auto added = detail::add_state(answer.state, response); !added) return added.error();
    return response;
}

/// Keeps a client out. It gets the status, from 400 to 599; another one counts as 500.
[[nodiscard]] WEBPUBSUB_COLD_INLINE http_response refuse_connect(unsigned http_status, std::string_view message = {}) {
    return text_response(http_status >= 400 && http_status < 600 ? http_status : 500, message);
}

/// The same for a client of MQTT, which gets the code: a return code of 3.1.1 or a reason code of 5. The service does
/// not tell it the status.
[[nodiscard]] WEBPUBSUB_COLD_INLINE http_response refuse_mqtt_connect(std::uint8_t code, std::string_view reason = {},
                                                                      const string_map& user_properties = {}) {
    auto mqtt = user_properties.empty() ? boost::json::object() : detail::write_mqtt_properties(user_properties);
    mqtt.emplace("code", code);
    if (is_utf8(reason) && !reason.empty()) mqtt.emplace("reason", boost::json::string(reason));
    boost::json::object body;
    body.emplace("mqtt", std::move(mqtt));
    return {400, {{"Content-Type", "application/json; charset=utf-8"}}, boost::json::serialize(body)};
}

/// Answers an event of a client. Errors: invalid_payload for text or JSON that is none, invalid_metadata,
/// invalid_argument for a state that no header can hold.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<http_response> answer_event(const event_answer& answer = {}) {
    http_response response;
    response.status = answer.data ? 200 : 204;
    if (answer.data) {
        const auto& [type, bytes] = *answer.data;
        if (!is_body_of(type, bytes, max_json_depth)) return error(errc::invalid_payload);
        response.headers.push_back({"Content-Type", std::string(content_type_of(type))});
        response.body = bytes;
    }
    if (const auto checked = check_metadata(answer.metadata); !checked) return checked.error();
    for (const auto& [key, value] : answer.metadata) {
        // The service takes what is after the last comma for the value (upstream.md section 7).
        if (!is_header_value(value) || value.find(',') != std::string::npos) return error(errc::invalid_metadata);
        response.headers.push_back({"X-WebPubSub-Metadata-" + key, value});
    }
    if (const auto added = detail::add_state(answer.state, response); !added) return added.error();
    return response;
}

/// Fails an event: the client gets an acknowledgement that says so, a simple client is closed. The message is for the
/// service's log. What may pass has the status 408 or 5xx: then the service asks again, after 1, 3 and 5 seconds, and
/// the client is told when it gives up (upstream.md section 8).
[[nodiscard]] WEBPUBSUB_COLD_INLINE http_response fail_event(std::string_view message = {},
                                                             unsigned http_status = 400) {
    return refuse_connect(http_status, message);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
