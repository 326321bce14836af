// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/rest/call.hpp>
#include <webpubsub/rest/retry.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/percent.hpp>
#include <webpubsub/time.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Why an operation did not succeed (rest.md section 7). Texts are the service's, and empty where it gave none.
struct rest_failure {
    /// Of HTTP; a status of success for a body that can't be read.
    unsigned status = 0;
    /// E.g. `Error.Connection.NotExisted`.
    std::string code;
    std::string message;
    std::string target;
    retry_advice retry;

    friend bool operator==(const rest_failure&, const rest_failure&) = default;
};

/// A connection of a group.
struct listed_connection {
    std::string connection_id;
    /// Empty for an anonymous one.
    std::string user_id;

    friend bool operator==(const listed_connection&, const listed_connection&) = default;
};

struct connection_page {
    std::vector<listed_connection> connections;
    /// What is to be called for the next page; nothing after the last one.
    std::optional<rest_call> next;

    friend bool operator==(const connection_page&, const connection_page&) = default;
};

namespace detail {

/// The JSON object of a body, null for anything else.
WEBPUBSUB_COLD_INLINE std::optional<boost::json::object> json_object_of(std::string_view body) {
    boost::system::error_code failure;
    auto value = boost::json::parse(boost::json::string_view(body.data(), body.size()), failure);
    if (failure || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

/// The text of a member, empty if it is something else or absent.
WEBPUBSUB_COLD_INLINE std::string text_member(const boost::json::object& of, std::string_view name) {
    const auto* const found = of.if_contains(boost::json::string_view(name.data(), name.size()));
    if (found == nullptr || !found->is_string()) return {};
    return std::string(found->get_string().data(), found->get_string().size());
}

WEBPUBSUB_COLD_INLINE rest_failure unreadable(const http_response& response) {
    return {response.status, {}, "The service's answer can't be read.", {}, {}};
}

/// The same operation for the rest of the list. Of the link only the query counts, so that it leads nowhere else.
WEBPUBSUB_COLD_INLINE std::optional<rest_call> next_page(const rest_call& call, std::string_view link) {
    auto next = call;
    next.continuation_token.clear();
    const auto number = [](std::string_view text, std::optional<std::uint32_t>& out) {
        std::uint32_t read = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), read);
        if (failure == std::errc{} && end == text.data() + text.size()) out = read;
    };
    const auto read = for_each_query_parameter(split_request_target(link).query, [&](auto name, auto value) {
        if (name == "continuationToken") next.continuation_token = value;
        if (name == "maxpagesize") number(value, next.max_page_size);
        if (name == "top") number(value, next.top);
    });
    // Without a token it would be the first page again.
    if (!read || next.continuation_token.empty()) return std::nullopt;
    return next;
}

} // namespace detail

/// What the answer to an operation that did not succeed says. `now` is for a date in `Retry-After`.
WEBPUBSUB_COLD_INLINE rest_failure read_rest_failure(const rest_call& call, const http_response& response,
                                                     wall_time now) {
    rest_failure failure;
    failure.status = response.status;
    failure.retry = advise_retry(call.operation, response, now);
    if (const auto* const code = find_header(response.headers, "x-ms-error-code")) failure.code = *code;
    if (const auto body = detail::json_object_of(response.body)) {
        const auto* const nested = body->if_contains("error");
        const auto& said = nested != nullptr && nested->is_object() ? nested->get_object() : *body;
        if (failure.code.empty()) failure.code = detail::text_member(said, "code");
        failure.message = detail::text_member(said, "message");
        failure.target = detail::text_member(said, "target");
    }
    return failure;
}

/// Whether an operation has succeeded; for those that have an answer there are the functions below.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<void, rest_failure> read_success(const rest_call& call,
                                                                            const http_response& response,
                                                                            wall_time now) {
    if (response.status >= 200 && response.status < 300) return {};
    return read_rest_failure(call, response, now);
}

/// Whether what was asked for exists, or is permitted.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<bool, rest_failure> read_existence(const rest_call& call,
                                                                              const http_response& response,
                                                                              wall_time now) {
    if (response.status == 404) return false;
    if (const auto done = read_success(call, response, now); !done) return done.error();
    return true;
}

/// The token that the service has made for a client.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<std::string, rest_failure> read_client_token(const rest_call& call,
                                                                                        const http_response& response,
                                                                                        wall_time now) {
    if (const auto done = read_success(call, response, now); !done) return done.error();
    if (const auto body = detail::json_object_of(response.body)) {
        if (auto token = detail::text_member(*body, "token"); !token.empty()) return token;
    }
    return detail::unreadable(response);
}

/// Some of the connections of a group, and how to ask for more.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<connection_page, rest_failure> read_connection_page(
    const rest_call& call, const http_response& response, wall_time now) {
    if (const auto done = read_success(call, response, now); !done) return done.error();
    const auto body = detail::json_object_of(response.body);
    const auto* const list = body ? body->if_contains("value") : nullptr;
    if (list == nullptr || !list->is_array()) return detail::unreadable(response);
    connection_page page;
    for (const auto& each : list->get_array()) {
        if (!each.is_object()) return detail::unreadable(response);
        page.connections.push_back(
            {detail::text_member(each.get_object(), "connectionId"), detail::text_member(each.get_object(), "userId")});
        if (page.connections.back().connection_id.empty()) return detail::unreadable(response);
    }
    if (const auto link = detail::text_member(*body, "nextLink"); !link.empty()) {
        page.next = detail::next_page(call, link);
        if (!page.next) return detail::unreadable(response);
    }
    return page;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
