// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/percent.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What stands in place of a secret.
inline constexpr std::string_view redacted_text = "REDACTED";

namespace detail {

/// Names are read as the service reads them, so that no spelling of a name hides its secret.
inline bool is_secret_parameter(std::string_view encoded_name) {
    std::string name;
    if (!query_decode_append(encoded_name, name)) return false;
    return equal_ignoring_case(name, "access_token") || equal_ignoring_case(name, "awps_reconnection_token");
}

} // namespace detail

/// A URL or request target for logs: the values of `access_token` and `awps_reconnection_token` are replaced, in the
/// query and in a fragment, and everything else is kept as it is. Works on any bytes.
inline std::string redact_url(std::string_view url) {
    std::size_t begin = find_or_end(url, "?#");
    std::string out(url.substr(0, begin));
    while (begin < url.size()) {
        const std::size_t end = find_or_end(url, "?&#", begin + 1);
        const std::size_t equals = find_or_end(url.substr(0, end), "=", begin);
        if (equals < end && detail::is_secret_parameter(url.substr(begin + 1, equals - begin - 1))) {
            out += url.substr(begin, equals + 1 - begin);
            out += redacted_text;
            // A question mark belongs to the value, so it ends no secret.
            begin = find_or_end(url, "&#", equals);
            continue;
        }
        out += url.substr(begin, end - begin);
        begin = end;
    }
    return out;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
