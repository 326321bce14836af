// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/recovery_url.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/percent.hpp>

#include <cstddef>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

WEBPUBSUB_COLD_DECL bool is_recovery_parameter(std::string_view parameter) {
    std::string name;
    if (!query_decode_append(parameter.substr(0, parameter.find('=')), name)) return false;
    return equal_ignoring_case(name, "awps_connection_id") || equal_ignoring_case(name, "awps_reconnection_token");
}

} // namespace detail

WEBPUBSUB_COLD_DECL std::string recovery_url(std::string_view url, std::string_view connection_id,
                                             std::string_view reconnection_token) {
    const std::size_t end = find_or_end(url, "#");
    const auto without_fragment = url.substr(0, end);
    std::size_t at = find_or_end(without_fragment, "?");
    std::string out(url.substr(0, at));
    char separator = '?';
    while (at < end) {
        const std::size_t begin = at + 1;
        at = find_or_end(without_fragment, "&", begin);
        const auto parameter = url.substr(begin, at - begin);
        if (parameter.empty() || detail::is_recovery_parameter(parameter)) continue;
        out += separator;
        out += parameter;
        separator = '&';
    }
    out += separator;
    out += "awps_connection_id=";
    percent_encode_append(connection_id, out);
    out += "&awps_reconnection_token=";
    percent_encode_append(reconnection_token, out);
    out += url.substr(end);
    return out;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
