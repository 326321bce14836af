// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/rest/answer.hpp>
#include <webpubsub/rest/operation.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/percent.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// An argument of a path as the request has it, still encoded.
struct rest_path_argument {
    /// As the route calls it, e.g. `connectionId`.
    std::string_view name;
    std::string_view segment;
};

/// The operation that a request is for, before anything in it is judged; views into the request's target.
struct rest_match {
    rest_operation operation = rest_operation::get_service_status;
    /// No path has more; those of a shorter one are followed by empty ones.
    std::array<rest_path_argument, 3> arguments{};
    std::string_view query;

    /// Empty where the path has no such argument.
    std::string_view argument(std::string_view name) const noexcept {
        for (const auto& each : arguments) {
            if (each.name == name) return each.segment;
        }
        return {};
    }
};

namespace detail {

/// Cuts the first segment off a path that begins with a slash.
constexpr std::string_view take_segment(std::string_view& path) noexcept {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

/// Whether a segment is the one that a route names, once decoded and without case.
WEBPUBSUB_COLD_INLINE bool match_segment(std::string_view expected, std::string_view segment) {
    if (segment.find('%') == std::string_view::npos) return equal_ignoring_case(expected, segment);
    std::string decoded;
    return percent_decode_append(segment, decoded) && equal_ignoring_case(expected, decoded);
}

/// Whether the path is one of the route.
WEBPUBSUB_COLD_INLINE bool match_path(std::string_view route, std::string_view path, rest_match& out) {
    std::size_t count = 0;
    while (!route.empty() && !path.empty() && path.front() == '/') {
        const auto expected = take_segment(route);
        const auto segment = take_segment(path);
        if (expected.front() == '{') {
            if (segment.empty()) return false;
            out.arguments[count++] = {expected.substr(1, expected.size() - 2), segment};
        } else if (!match_segment(expected, segment)) {
            return false;
        }
    }
    return route.empty() && (path.empty() || path == "/");
}

constexpr bool match_method(const rest_route& route, http_method method) noexcept {
    return route.method == method ||
           (route.operation == rest_operation::get_service_status && method == http_method::get);
}

} // namespace detail

/// Whether a target belongs to the REST API at all, by its path.
constexpr bool is_rest_target(std::string_view target) noexcept {
    return equal_ignoring_case(target.substr(0, 5), "/api/");
}

/// Finds the operation of a request (rest.md section 3). The error is the answer to send: 404 for a path that the API
/// does not have, 405 with `Allow` for a method that the path does not take.
[[nodiscard]] WEBPUBSUB_COLD_INLINE result<rest_match, http_response> match_rest_request(http_method method,
                                                                                         std::string_view target) {
    const auto parts = split_request_target(target);
    std::string allowed;
    for (const auto& route : rest_routes) {
        rest_match match;
        if (!detail::match_path(route.path, parts.path, match)) continue;
        if (detail::match_method(route, method)) {
            match.operation = route.operation;
            match.query = parts.query;
            return match;
        }
        if (!allowed.empty()) allowed += ", ";
        if (route.operation == rest_operation::get_service_status) allowed += "GET, ";
        allowed += name_of(route.method);
    }
    auto refusal = allowed.empty() ? fail_rest_call(404, {}, "There is no such resource.")
                                   : fail_rest_call(405, {}, "The resource does not take this method.");
    if (!allowed.empty()) refusal.headers.push_back({"Allow", std::move(allowed)});
    return refusal;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
