// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/http/charset.hpp>
#include <webpubsub/http/content_type.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/http/metadata_headers.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/json_text.hpp>
#include <webpubsub/upstream/answer.hpp>
#include <webpubsub/upstream/detail/system_event.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What an event handler's response says: the mirror of answer.hpp.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How much of an answer is taken. The service publishes neither.
struct upstream_answer_limits {
    /// The longest state of a connection.
    std::size_t max_state_bytes = std::size_t{32} << 10;
    /// How deep JSON may be nested.
    std::size_t max_json_depth = 64;
};

/// Whether a handler has done what it was asked (upstream.md sections 5 and 7).
constexpr bool is_success(unsigned http_status) noexcept { return http_status >= 200 && http_status < 300; }

namespace detail {

/// The last of several states counts. One that no request could carry again is refused.
WEBPUBSUB_COLD_INLINE result<void> read_state(const http_response& response, const upstream_answer_limits& limits,
                                              std::optional<std::string>& state) {
    for (const auto& [name, value] : response.headers) {
        if (equal_ignoring_case(name, "ce-connectionState")) state = std::string(trim_white_space(value));
    }
    if (!state) return {};
    if (state->size() > limits.max_state_bytes) {
        return error::exceeds(errc::invalid_field, "max_state_bytes", limits.max_state_bytes, state->size());
    }
    if (!is_whole_header_value(*state)) return error::about(errc::invalid_field, "ce-connectionState");
    return {};
}

/// `X-WebPubSub-Metadata-{Key}` of an answer: the value is what is behind its last comma.
WEBPUBSUB_COLD_INLINE result<string_map> read_answer_metadata(const http_response& response) {
    auto metadata = read_metadata_headers(response.headers);
    for (auto& [key, value] : metadata) {
        const auto comma = value.rfind(',');
        value = std::string(trim_white_space(comma == std::string::npos ? value : value.substr(comma + 1)));
    }
    if (const auto checked = check_metadata(metadata); !checked) return checked.error();
    return metadata;
}

/// One member of the body of a connect answer, whose name is compared without case. What is null is absent.
WEBPUBSUB_COLD_INLINE result<void> read_connect_member(std::string_view name, const boost::json::value& value,
                                                       connect_answer& answer) {
    const auto is = [name](std::string_view expected) { return equal_ignoring_case(name, expected); };
    if (is("userId")) {
        answer.user_id.reset();
        if (!read_optional_text(&value, answer.user_id)) return error::about(errc::invalid_field, "userId");
    } else if (is("groups")) {
        answer.groups.clear();
        if (!read_texts(&value, answer.groups)) return error::about(errc::invalid_field, "groups");
        const bool valid = std::all_of(answer.groups.begin(), answer.groups.end(), is_valid_group_name);
        if (!valid) return error(errc::invalid_group_name);
    } else if (is("roles")) {
        answer.roles.reset();
        if (value.is_null()) return {};
        if (!read_texts(&value, answer.roles.emplace())) return error::about(errc::invalid_field, "roles");
    } else if (is("subprotocol")) {
        answer.subprotocol.reset();
        if (!read_optional_text(&value, answer.subprotocol)) return error::about(errc::invalid_field, "subprotocol");
        if (answer.subprotocol && answer.subprotocol->empty()) answer.subprotocol.reset();
    } else if (is("mqtt")) {
        answer.mqtt_user_properties.clear();
        if (value.is_null()) return {};
        if (!value.is_object() ||
            !read_mqtt_properties(value.get_object().if_contains("userProperties"), answer.mqtt_user_properties)) {
            return error::about(errc::invalid_field, "mqtt");
        }
    }
    return {};
}

} // namespace detail

/// The answer to a connect event, of a response of 2xx (upstream.md section 5). The body is JSON, whatever its content
/// type says; none, or null, changes nothing. invalid_json, with its offset; invalid_field with the name of what has a
/// wrong type, or of a state that can't be kept; invalid_group_name. Whether a subprotocol was offered is for the hub
/// to say.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<connect_answer> read_connect_answer(
    const http_response& response, const upstream_answer_limits& limits = {}) {
    connect_answer answer;
    if (const auto read = detail::read_state(response, limits, answer.state); !read) return read.error();
    if (response.body.empty()) return answer;
    if (const auto checked = check_json(response.body, limits.max_json_depth); !checked) return checked.error();
    boost::json::parse_options options;
    options.max_depth = limits.max_json_depth;
    boost::system::error_code failure;
    const auto body = boost::json::parse(response.body, failure, {}, options);
    if (failure) return error(errc::invalid_json);
    if (body.is_null()) return answer;
    if (!body.is_object()) return error(errc::not_one_object);
    for (const auto& member : body.get_object()) {
        const std::string_view name(member.key().data(), member.key().size());
        if (const auto read = detail::read_connect_member(name, member.value(), answer); !read) return read.error();
    }
    return answer;
}

/// The answer to a user event, of a response of 2xx (upstream.md section 7). Without a body there is no data, whatever
/// the content type; a body without a content type is binary. Text of another character set becomes UTF-8
/// (`read_charset`). invalid_data_type for another content type, and for a character set that is not known;
/// invalid_payload for text or JSON that is none, invalid_metadata, and invalid_field for a state that can't be kept.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<event_answer> read_event_answer(const http_response& response,
                                                                           const upstream_answer_limits& limits = {}) {
    event_answer answer;
    if (const auto read = detail::read_state(response, limits, answer.state); !read) return read.error();
    auto metadata = detail::read_answer_metadata(response);
    if (!metadata) return metadata.error();
    answer.metadata = std::move(*metadata);
    if (response.body.empty()) return answer;
    const auto* const header = find_header(response.headers, "Content-Type");
    const auto type = header == nullptr ? std::optional(data_type::binary) : data_type_of(*header);
    if (!type) return error(errc::invalid_data_type);
    answer.data = payload{*type, response.body};
    if (*type == data_type::text || *type == data_type::json) {
        auto reading = read_charset(charset_of(*header), response.body);
        if (!reading.known) return error(errc::invalid_data_type);
        if (!reading.text) return error(errc::invalid_payload);
        answer.data->bytes = std::move(*reading.text);
    }
    if (!is_body_of(*type, answer.data->bytes, limits.max_json_depth)) return error(errc::invalid_payload);
    return answer;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
