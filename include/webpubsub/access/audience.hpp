// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/text/percent.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The audience of a client's token: the client's URL with the scheme http(s) and without a query (sessions.md
/// section 2.2).
inline std::string client_audience(const endpoint& where, std::string_view hub) {
    std::string audience = http_origin(where) + "/client/hubs/";
    audience += hub;
    return audience;
}

namespace detail {

constexpr std::string_view path_without_end(std::string_view rest) noexcept {
    rest = rest.substr(0, rest.find_first_of("?#"));
    while (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
    return rest;
}

/// Whether `path` is `prefix` or goes on with a slash after it.
constexpr bool is_path_prefix(std::string_view prefix, std::string_view path) noexcept {
    return path.size() >= prefix.size() && equal_ignoring_case(path.substr(0, prefix.size()), prefix) &&
           (path.size() == prefix.size() || path[prefix.size()] == '/');
}

} // namespace detail

/// Whether a token's audience covers `url`: same host and port, and a path that equals the URL's or is a prefix of it
/// that ends at a slash. Case, the four schemes, queries and slashes at the end make no difference; an audience may
/// have its path percent-encoded (sessions.md section 2.2).
inline bool audience_covers(std::string_view audience, std::string_view url) {
    const auto token_parts = detail::split_url(audience);
    const auto url_parts = detail::split_url(url);
    if (!token_parts || !url_parts) return false;
    if (token_parts->where.host != url_parts->where.host || token_parts->where.port != url_parts->where.port) {
        return false;
    }
    const auto path = detail::path_without_end(url_parts->rest);
    const auto prefix = detail::path_without_end(token_parts->rest);
    if (detail::is_path_prefix(prefix, path)) return true;
    std::string decoded;
    return percent_decode_append(prefix, decoded) && detail::is_path_prefix(decoded, path);
}

/// Whether a token's audience is a REST request to `where` with this target (path and query). Case, the four schemes,
/// queries and slashes at the end make no difference, and the audience may go on after a slash, but not end earlier: a
/// token for one hub or for everything is none for each request. The audience's path is compared with the decoded one,
/// as it is and decoded as well; what stands for a slash stays as it is, as hosts do it (rest.md section 2).
inline bool audience_is_request(std::string_view audience, const endpoint& where, std::string_view target) {
    const auto parts = detail::split_url(audience);
    // An endpoint that a caller has written may name the port that is its default.
    const auto ours = detail::split_url(http_origin(where));
    if (!parts || !ours || parts->where.host != ours->where.host || parts->where.port != ours->where.port) return false;
    std::string path;
    // Every audience would go on behind an empty path.
    if (!percent_decode_but_slashes_append(detail::path_without_end(target), path) || path.empty()) return false;
    const auto claimed = detail::path_without_end(parts->rest);
    if (detail::is_path_prefix(path, claimed)) return true;
    std::string decoded;
    return percent_decode_but_slashes_append(claimed, decoded) && detail::is_path_prefix(path, decoded);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
