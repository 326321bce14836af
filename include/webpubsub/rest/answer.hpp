// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/rest/operation.hpp>
#include <webpubsub/rest/response.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a service answers to a request of the REST API (rest.md sections 3 to 7).

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The stable versions of the API; its operations have not changed from one to the next.
inline constexpr std::array<std::string_view, 5> rest_api_versions{"2021-10-01", "2022-11-01", "2023-07-01",
                                                                   "2024-01-01", "2024-12-01"};

namespace detail {

WEBPUBSUB_COLD_INLINE http_response bare_answer(unsigned status) {
    std::string versions;
    for (const auto version : rest_api_versions) {
        if (!versions.empty()) versions += ", ";
        versions += version;
    }
    http_response response;
    response.status = status;
    response.headers.push_back({"api-supported-versions", std::move(versions)});
    return response;
}

WEBPUBSUB_COLD_INLINE http_response json_answer(unsigned status, const boost::json::object& body) {
    auto response = bare_answer(status);
    response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
    response.body = boost::json::serialize(body);
    return response;
}

} // namespace detail

/// A failure. Where there is no code, a client goes by the status; where there is no message, the answer has no body,
/// as one to HEAD must not have.
WEBPUBSUB_COLD_INLINE http_response fail_rest_call(unsigned status, std::string_view code = {},
                                                   std::string_view message = {}, std::string_view target = {}) {
    boost::json::object body;
    if (!code.empty()) body.emplace("code", boost::json::string(code));
    if (!message.empty()) body.emplace("message", boost::json::string(message));
    if (!target.empty()) body.emplace("target", boost::json::string(target));
    auto response = message.empty() ? detail::bare_answer(status) : detail::json_answer(status, body);
    if (!code.empty()) response.headers.push_back({"x-ms-error-code", std::string(code)});
    return response;
}

/// The failure of a request that is wrong in itself.
WEBPUBSUB_COLD_INLINE http_response fail_bad_rest_call(std::string_view message) {
    return fail_rest_call(400, "Error.BadRequest", message, "Request");
}

/// The operation is done.
WEBPUBSUB_COLD_INLINE http_response complete_rest_call(rest_operation operation) {
    return detail::bare_answer(route_of(operation).success);
}

/// The answer to `generate_client_token`.
WEBPUBSUB_COLD_INLINE http_response answer_client_token(std::string_view token) {
    boost::json::object body;
    body.emplace("token", boost::json::string(token));
    return detail::json_answer(200, body);
}

/// The answer to `list_connections_in_group`; `next_link` is the absolute URL of the next page, empty after the last.
WEBPUBSUB_COLD_INLINE http_response answer_connection_page(const std::vector<listed_connection>& connections,
                                                           std::string_view next_link) {
    boost::json::array list;
    for (const auto& each : connections) {
        boost::json::object entry;
        entry.emplace("connectionId", boost::json::string(each.connection_id));
        if (!each.user_id.empty()) entry.emplace("userId", boost::json::string(each.user_id));
        list.emplace_back(std::move(entry));
    }
    boost::json::object body;
    body.emplace("value", std::move(list));
    if (!next_link.empty()) body.emplace("nextLink", boost::json::string(next_link));
    return detail::json_answer(200, body);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
