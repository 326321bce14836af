// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

// ASCII only and independent of the locale, as protocol tokens are.

constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool is_alpha(char c) noexcept { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// 0 to 15, or -1 for what is no hex digit.
constexpr int hex_digit_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (to_lower(a[i]) != to_lower(b[i])) return false;
    }
    return true;
}

inline std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = to_lower(c);
    return lower;
}

/// The first place of one of the characters from `from` on, or the end of the text.
constexpr std::size_t find_or_end(std::string_view text, std::string_view characters, std::size_t from = 0) noexcept {
    const std::size_t at = text.find_first_of(characters, from);
    return at == std::string_view::npos ? text.size() : at;
}

/// A token of HTTP (RFC 9110 section 5.6.2): at least one letter, digit or mark of a list.
constexpr bool is_http_token(std::string_view text) noexcept {
    for (const char c : text) {
        const bool mark = std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
        if (!mark && !is_alpha(c) && !is_digit(c)) return false;
    }
    return !text.empty();
}

/// Without the blanks, tabs and line ends at both ends.
constexpr std::string_view trim_white_space(std::string_view text) noexcept {
    constexpr std::string_view white_space = " \t\r\n";
    const auto first = text.find_first_not_of(white_space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
