// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/rest/call.hpp>
#include <webpubsub/rest/retry.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/json_reader.hpp>
#include <webpubsub/text/percent.hpp>
#include <webpubsub/time.hpp>

#include <charconv>
#include <cstddef>
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

/// How deep arrays and objects may be nested in an answer.
inline constexpr std::size_t max_answer_depth = 32;

/// The value of a member; nothing where `json` is no object or has no such member. Of members of the same name the last
/// one counts.
WEBPUBSUB_COLD_INLINE std::optional<json_value> member_of(std::string_view json, std::string_view name) {
    std::optional<json_value> found;
    json_cursor members(json);
    if (!members.is_object()) return found;
    while (members.next()) {
        if (members.name() == name) found = members.value();
    }
    return found;
}

/// The text of a member, empty if it is something else or absent.
WEBPUBSUB_COLD_INLINE std::string text_member(std::string_view json, std::string_view name) {
    const auto found = member_of(json, name);
    return found ? json_string_of(*found) : std::string();
}

/// A body that is JSON; empty for any other, which then has no members.
WEBPUBSUB_COLD_INLINE std::string_view json_of(const http_response& response) {
    return check_json(response.body, max_answer_depth) ? std::string_view(response.body) : std::string_view();
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
    auto said = detail::json_of(response);
    if (const auto nested = detail::member_of(said, "error");
        nested && detail::json_cursor(nested->text()).is_object()) {
        said = nested->text();
    }
    if (failure.code.empty()) failure.code = detail::text_member(said, "code");
    failure.message = detail::text_member(said, "message");
    failure.target = detail::text_member(said, "target");
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
    if (auto token = detail::text_member(detail::json_of(response), "token"); !token.empty()) return token;
    return detail::unreadable(response);
}

/// Some of the connections of a group, and how to ask for more.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<connection_page, rest_failure> read_connection_page(
    const rest_call& call, const http_response& response, wall_time now) {
    if (const auto done = read_success(call, response, now); !done) return done.error();
    const auto body = detail::json_of(response);
    const auto list = detail::member_of(body, "value");
    detail::json_cursor items(list ? list->text() : std::string_view());
    if (!items.is_array()) return detail::unreadable(response);
    connection_page page;
    while (items.next()) {
        const auto item = items.value().text();
        page.connections.push_back({detail::text_member(item, "connectionId"), detail::text_member(item, "userId")});
        if (page.connections.back().connection_id.empty()) return detail::unreadable(response);
    }
    if (const auto link = detail::text_member(body, "nextLink"); !link.empty()) {
        page.next = detail::next_page(call, link);
        if (!page.next) return detail::unreadable(response);
    }
    return page;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
