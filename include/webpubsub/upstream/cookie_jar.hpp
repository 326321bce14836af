// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/text/ascii.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How much a `cookie_jar` keeps; what does not fit is not taken.
struct cookie_limits {
    std::size_t max_cookies = 50;
    /// Of their names and values.
    std::size_t max_bytes = std::size_t{16} << 10;
};

/// The cookies that event handlers have set for one connection, so that a load balancer before a handler finds it again
/// (upstream.md section 3). Of RFC 6265 that takes little: a cookie is its name and its value, goes back to the origin
/// that it came from, and lives until it is deleted, by an empty value or by a `Max-Age` that is not positive.
class cookie_jar {
public:
    /// Takes the cookies of a response.
    void store(std::string_view origin, const std::vector<http_header>& headers, const cookie_limits& limits);

    /// The value of `Cookie` for a request; empty where there is none.
    std::string header_for(std::string_view origin) const;

    std::size_t size() const noexcept { return cookies_.size(); }

private:
    struct cookie {
        std::string origin;
        std::string name;
        std::string value;

        std::size_t bytes() const noexcept { return name.size() + value.size(); }
    };

    void store_one(std::string_view origin, std::string_view line, const cookie_limits& limits);
    static bool is_deletion(std::string_view attributes) noexcept;

    /// In the order in which they were set first.
    std::vector<cookie> cookies_;
};

WEBPUBSUB_COLD_INLINE void cookie_jar::store(std::string_view origin, const std::vector<http_header>& headers,
                                             const cookie_limits& limits) {
    for (const auto& [name, value] : headers) {
        if (equal_ignoring_case(name, "Set-Cookie")) store_one(origin, value, limits);
    }
}

WEBPUBSUB_COLD_INLINE void cookie_jar::store_one(std::string_view origin, std::string_view line,
                                                 const cookie_limits& limits) {
    const auto end = find_or_end(line, ";");
    const auto equals = line.substr(0, end).find('=');
    if (equals == std::string_view::npos) return;
    const auto name = trim_white_space(line.substr(0, equals));
    const auto value = trim_white_space(line.substr(equals + 1, end - equals - 1));
    if (!is_http_token(name) || !is_header_value(value)) return;
    const auto old = std::find_if(cookies_.begin(), cookies_.end(),
                                  [&](const cookie& each) { return each.origin == origin && each.name == name; });
    if (value.empty() || is_deletion(line.substr(end))) {
        if (old != cookies_.end()) cookies_.erase(old);
        return;
    }
    std::size_t bytes = name.size() + value.size();
    for (const auto& each : cookies_) bytes += each.bytes();
    if (old != cookies_.end()) bytes -= old->bytes();
    if (bytes > limits.max_bytes) return;
    if (old != cookies_.end()) {
        old->value = value;
    } else if (cookies_.size() < limits.max_cookies) {
        cookies_.push_back({std::string(origin), std::string(name), std::string(value)});
    }
}

/// Of attributes the last counts (RFC 6265 section 5.3).
WEBPUBSUB_COLD_INLINE bool cookie_jar::is_deletion(std::string_view attributes) noexcept {
    bool deletes = false;
    while (!attributes.empty()) {
        attributes.remove_prefix(1);
        const auto attribute = attributes.substr(0, attributes.find(';'));
        attributes.remove_prefix(attribute.size());
        const auto equals = find_or_end(attribute, "=");
        if (equals == attribute.size() ||
            !equal_ignoring_case(trim_white_space(attribute.substr(0, equals)), "Max-Age"))
            continue;
        const auto seconds = trim_white_space(attribute.substr(equals + 1));
        const auto digits = seconds.substr(seconds.starts_with('-') ? 1 : 0);
        // RFC 6265 section 5.2.2: what is no number is ignored.
        if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) continue;
        deletes = seconds.size() != digits.size() || digits.find_first_not_of('0') == std::string_view::npos;
    }
    return deletes;
}

WEBPUBSUB_COLD_INLINE std::string cookie_jar::header_for(std::string_view origin) const {
    std::string header;
    for (const auto& each : cookies_) {
        if (each.origin != origin) continue;
        if (!header.empty()) header += "; ";
        header.append(each.name).append("=").append(each.value);
    }
    return header;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
