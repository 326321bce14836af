// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/text/ascii.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

constexpr bool is_unreserved(char c) noexcept {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

inline result<void> percent_decode(std::string_view text, bool plus_is_space, std::string& out) {
    const std::size_t old_size = out.size();
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c != '%') {
            out += c == '+' && plus_is_space ? ' ' : c;
            continue;
        }
        const int high = text.size() - at > 2 ? hex_digit_value(text[at + 1]) : -1;
        const int low = high >= 0 ? hex_digit_value(text[at + 2]) : -1;
        if (low < 0) {
            out.resize(old_size);
            return error(errc::invalid_percent_encoding, at);
        }
        out += static_cast<char>(static_cast<unsigned char>(high * 16 + low));
        at += 2;
    }
    return {};
}

} // namespace detail

/// Appends one component of a URL (a path segment, the name or the value of a query parameter): everything but the
/// unreserved characters of RFC 3986 section 2.3 is escaped, with upper case digits. A space becomes `%20`, which
/// every decoder reads alike, and `+` becomes `%2B`.
inline void percent_encode_append(std::string_view component, std::string& out) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : component) {
        if (detail::is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4u];
        out += digits[byte & 0x0Fu];
    }
}

/// Appends the decoded bytes of a path component; `+` is itself. Other characters are taken as they are, and the
/// bytes need not be UTF-8. The error's offset is that of the percent sign; `out` is then as it was.
[[nodiscard]] inline result<void> percent_decode_append(std::string_view component, std::string& out) {
    return detail::percent_decode(component, false, out);
}

/// The same, but what stands for a slash stays as it is written: it is part of a name then, and separates nothing.
[[nodiscard]] inline result<void> percent_decode_but_slashes_append(std::string_view path, std::string& out) {
    const std::size_t old_size = out.size();
    for (std::size_t begin = 0; begin < path.size();) {
        std::size_t end = find_or_end(path, "%", begin);
        while (end != path.size() && !equal_ignoring_case(path.substr(end, 3), "%2F")) {
            end = find_or_end(path, "%", end + 1);
        }
        if (const auto decoded = percent_decode_append(path.substr(begin, end - begin), out); !decoded) {
            out.resize(old_size);
            return error(decoded.error().code, decoded.error().offset + begin);
        }
        out += path.substr(end, 3);
        begin = end + 3;
    }
    return {};
}

/// As `percent_decode_append`, for a component of a query, where `+` is a space.
[[nodiscard]] inline result<void> query_decode_append(std::string_view component, std::string& out) {
    return detail::percent_decode(component, true, out);
}

/// The parts of a request target in origin form or of a URL, still encoded. The path of a URL begins with its scheme.
struct request_target {
    std::string_view path;
    /// Without the question mark; empty also where there is none.
    std::string_view query;

    friend constexpr bool operator==(const request_target&, const request_target&) = default;
};

/// Splits at the first question mark. A fragment, which no request target should have, is dropped.
constexpr request_target split_request_target(std::string_view target) noexcept {
    target = target.substr(0, target.find('#'));
    const std::size_t mark = target.find('?');
    if (mark == std::string_view::npos) return {target, {}};
    return {target.substr(0, mark), target.substr(mark + 1)};
}

/// Calls `visit(name, value)` with the decoded parts of each parameter in order. `name` alone has an empty value, a
/// further `=` belongs to the value, and empty parts (`a&&b`) are passed over. The views live until `visit` returns.
/// A bad escape ends it with its offset in `query`; the parameters before it have been visited.
template <class Visitor>
[[nodiscard]] result<void> for_each_query_parameter(std::string_view query, Visitor&& visit) {
    std::string name;
    std::string value;
    const auto decode = [query](std::size_t begin, std::size_t end, std::string& out) -> result<void> {
        out.clear();
        auto decoded = query_decode_append(query.substr(begin, end - begin), out);
        if (decoded) return {};
        return error(decoded.error().code, decoded.error().offset + begin);
    };
    for (std::size_t begin = 0; begin < query.size();) {
        const std::size_t end = find_or_end(query, "&", begin);
        if (end != begin) {
            const std::size_t equals = find_or_end(query.substr(0, end), "=", begin);
            if (auto decoded = decode(begin, equals, name); !decoded) return decoded.error();
            if (auto decoded = decode(equals == end ? end : equals + 1, end, value); !decoded) return decoded.error();
            visit(std::string_view(name), std::string_view(value));
        }
        begin = end + 1;
    }
    return {};
}

/// Adds a parameter at the end of the URL's query, which it gets if it has none; a fragment stays behind it.
inline void append_query_parameter(std::string& url, std::string_view name, std::string_view value) {
    const std::size_t end = find_or_end(url, "#");
    const std::size_t mark = find_or_end(std::string_view(url).substr(0, end), "?");
    std::string parameter;
    if (mark == end) {
        parameter += '?';
    } else if (mark + 1 != end && url[end - 1] != '&') {
        parameter += '&';
    }
    percent_encode_append(name, parameter);
    parameter += '=';
    percent_encode_append(value, parameter);
    url.insert(end, parameter);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
