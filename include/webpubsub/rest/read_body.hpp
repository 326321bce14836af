// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/charset.hpp>
#include <webpubsub/http/content_type.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/http/metadata_headers.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/rest/answer.hpp>
#include <webpubsub/rest/call.hpp>
#include <webpubsub/rest/read_call.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/rules/names.hpp>
#include <webpubsub/text/ascii.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

WEBPUBSUB_COLD_INLINE http_response refuse_content_type() {
    return fail_rest_call(415, {}, "The content type is not supported.");
}

/// The text of a body in UTF-8; the error is the answer to send.
WEBPUBSUB_COLD_INLINE result<std::string, http_response> read_text_body(const http_request& request,
                                                                        std::string_view content_type) {
    auto reading = read_charset(charset_of(content_type), request.body);
    if (!reading.known) return refuse_content_type();
    if (!reading.text) return fail_bad_rest_call("The body is not text of its character set.");
    return std::move(*reading.text);
}

WEBPUBSUB_COLD_INLINE result<void, http_response> read_message(const http_request& request,
                                                               const rest_reading_rules& rules, rest_call& out) {
    const auto* const content_type = find_header(request.headers, "Content-Type");
    const auto type = content_type == nullptr ? data_type::binary : data_type_of(*content_type);
    if (!type || *type == data_type::protobuf) return refuse_content_type();
    out.data.type = *type;
    if (*type == data_type::binary) {
        out.data.bytes = request.body;
    } else {
        auto text = read_text_body(request, *content_type);
        if (!text) return text.error();
        out.data.bytes = std::move(*text);
        if (!is_body_of(*type, out.data.bytes, rules.max_json_depth)) {
            return fail_bad_rest_call("The body is not what its content type says.");
        }
    }
    out.metadata = read_metadata_headers(request.headers);
    if (!check_metadata(out.metadata)) return fail_bad_rest_call("The metadata is invalid.");
    return {};
}

/// The body of the two operations on groups: `{"groups": [...], "filter": "..."}`.
WEBPUBSUB_COLD_INLINE result<void, http_response> read_groups(const http_request& request,
                                                              const rest_reading_rules& rules, rest_call& out) {
    const auto* const content_type = find_header(request.headers, "Content-Type");
    if (content_type == nullptr || data_type_of(*content_type) != data_type::json) return refuse_content_type();
    const auto text = read_text_body(request, *content_type);
    if (!text) return text.error();
    boost::json::parse_options options;
    options.max_depth = rules.max_json_depth;
    boost::system::error_code failure;
    const auto parsed = boost::json::parse(*text, failure, {}, options);
    const auto* const members = failure ? nullptr : parsed.if_object();
    const auto* const groups = members == nullptr ? nullptr : members->if_contains("groups");
    if (groups == nullptr || !groups->is_array() || groups->get_array().empty()) {
        return fail_bad_rest_call("The body needs a list of groups.");
    }
    for (const auto& each : groups->get_array()) {
        if (!each.is_string() || !is_valid_group_name(each.get_string())) {
            return fail_bad_rest_call("The group is invalid.");
        }
        out.groups.emplace_back(each.get_string());
    }
    const auto* const filter = members->if_contains("filter");
    if (filter == nullptr || filter->is_null()) return {};
    if (!filter->is_string()) return fail_bad_rest_call("The filter is invalid.");
    out.filter = std::string(filter->get_string());
    return {};
}

} // namespace detail

/// Whether an operation has a body.
constexpr bool takes_rest_body(rest_operation operation) noexcept {
    return sends_message(operation) || detail::changes_groups(operation);
}

/// Reads the body of a request, with its content type and the headers of its metadata, into a call that
/// `read_rest_call` has made (rest.md sections 5 and 6). The request has the header `Content-Length` as it came. The
/// error is the answer to send.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<void, http_response> read_rest_body(const http_request& request,
                                                                               const rest_reading_rules& rules,
                                                                               rest_call& call) {
    if (!takes_rest_body(call.operation)) return {};
    const bool has_length = find_header(request.headers, "Content-Length") != nullptr;
    if (sends_message(call.operation) && (!has_length || request.body.size() > rules.max_body_size)) {
        return fail_bad_rest_call("Invalid Content-Length header.");
    }
    if (request.body.size() > rules.max_body_size) return fail_bad_rest_call("The body is too long.");
    return sends_message(call.operation) ? detail::read_message(request, rules, call)
                                         : detail::read_groups(request, rules, call);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
