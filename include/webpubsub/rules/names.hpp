// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/utf8.hpp>

#include <cstddef>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

// Lengths of names in characters as the service counts them: UTF-16 code units (sessions.md section 11).
inline constexpr std::size_t max_hub_name_length = 128;
inline constexpr std::size_t max_group_name_length = 1024;
inline constexpr std::size_t max_event_name_length = 128;

namespace detail {

constexpr bool is_ascii_name(std::string_view name, std::size_t max_length, std::string_view marks) noexcept {
    if (name.empty() || name.size() > max_length || !is_alpha(name.front())) return false;
    for (const char c : name) {
        if (!is_alpha(c) && !is_digit(c) && marks.find(c) == std::string_view::npos) return false;
    }
    return true;
}

} // namespace detail

/// A letter, then letters, digits and any of "_`,.[]", all ASCII (sessions.md section 1). Hubs whose names differ only
/// in case are the same hub.
constexpr bool is_valid_hub_name(std::string_view name) noexcept {
    return detail::is_ascii_name(name, max_hub_name_length, "_`,.[]");
}

/// A letter, then letters, digits and any of "_.-", all ASCII (subprotocols.md section 2.3).
constexpr bool is_valid_event_name(std::string_view name) noexcept {
    return detail::is_ascii_name(name, max_event_name_length, "_.-");
}

/// Any UTF-8 that is not only Unicode white space (subprotocols.md section 2.1). Nothing is trimmed, and names that
/// differ in case or in white space are different groups.
inline bool is_valid_group_name(std::string_view name) noexcept {
    // Counted only where the bytes alone do not tell: a character has one to three of them per UTF-16 unit.
    const bool short_enough = name.size() <= max_group_name_length ||
                              (name.size() <= 3 * max_group_name_length && utf16_length(name) <= max_group_name_length);
    return short_enough && !is_blank(name) && is_utf8(name);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
