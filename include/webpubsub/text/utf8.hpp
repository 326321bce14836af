// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What stands for a byte that begins no well-formed sequence; above every code point.
inline constexpr char32_t not_a_code_point = 0xFFFFFFFF;

namespace detail {

// The bits that a continuation byte carries; more than 0x3F for any other byte.
constexpr std::uint32_t utf8_rest(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]) ^ 0x80u;
}

// Whether a well-formed sequence of two, three or four bytes begins at `at`, where a byte below 0xE0, 0xF0 or any other
// stands. The bounds are those of the Unicode standard's table of well-formed sequences (section 3.9): no overlong
// form, no surrogate, nothing above U+10FFFF.
constexpr bool is_utf8_of_two(std::string_view text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]) >= 0xC2 && text.size() - at >= 2 && utf8_rest(text, at + 1) <= 0x3F;
}

constexpr bool is_utf8_of_three(std::string_view text, std::size_t at) noexcept {
    if (text.size() - at < 3 || (utf8_rest(text, at + 1) | utf8_rest(text, at + 2)) > 0x3F) return false;
    const std::uint32_t high = (static_cast<unsigned char>(text[at]) & 0x0Fu) << 6 | utf8_rest(text, at + 1);
    return high >= 0x800 >> 6 && (high & 0xF800u >> 6) != 0xD800u >> 6;
}

constexpr bool is_utf8_of_four(std::string_view text, std::size_t at) noexcept {
    if (static_cast<unsigned char>(text[at]) > 0xF4 || text.size() - at < 4) return false;
    if ((utf8_rest(text, at + 1) | utf8_rest(text, at + 2) | utf8_rest(text, at + 3)) > 0x3F) return false;
    const std::uint32_t high = (static_cast<unsigned char>(text[at]) & 0x07u) << 6 | utf8_rest(text, at + 1);
    return high >= 0x10000 >> 12 && high <= 0x10FFFF >> 12;
}

// Unicode's property White_Space.
constexpr bool is_white_space(char32_t c) noexcept {
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

} // namespace detail

namespace detail {

/// How long the well-formed sequence is that begins at `at` with a byte above 0x7F; 0 if none does.
inline std::size_t utf8_sequence_size(const char* at, const char* end) noexcept {
    const auto first = static_cast<unsigned char>(*at);
    const std::string_view text(at, static_cast<std::size_t>(end - at));
    if (first < 0xE0) return is_utf8_of_two(text, 0) ? 2 : 0;
    if (first < 0xF0) return is_utf8_of_three(text, 0) ? 3 : 0;
    return is_utf8_of_four(text, 0) ? 4 : 0;
}

} // namespace detail

/// Whether every byte is below 0x80.
WEBPUBSUB_DECL bool is_ascii(std::string_view text) noexcept;

/// The offset of the first sequence that is not well-formed UTF-8, npos if there is none.
WEBPUBSUB_DECL std::size_t find_invalid_utf8(std::string_view text) noexcept;

inline bool is_utf8(std::string_view text) noexcept { return find_invalid_utf8(text) == std::string_view::npos; }

/// Reads the code point at `at`, which must be less than the text's size, and moves `at` behind it. A byte that begins
/// no well-formed sequence is passed over alone and gives `not_a_code_point`.
constexpr char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
    const std::size_t begin = at;
    const std::uint32_t first = static_cast<unsigned char>(text[begin]);
    const auto rest = [text, begin](std::size_t i) { return detail::utf8_rest(text, begin + i); };
    ++at;
    if (first < 0x80) return first;
    if (first < 0xE0) {
        if (!detail::is_utf8_of_two(text, begin)) return not_a_code_point;
        at += 1;
        return (first & 0x1Fu) << 6 | rest(1);
    }
    if (first < 0xF0) {
        if (!detail::is_utf8_of_three(text, begin)) return not_a_code_point;
        at += 2;
        return (first & 0x0Fu) << 12 | rest(1) << 6 | rest(2);
    }
    if (!detail::is_utf8_of_four(text, begin)) return not_a_code_point;
    at += 3;
    return (first & 0x07u) << 18 | rest(1) << 12 | rest(2) << 6 | rest(3);
}

/// Whether all of a list of texts are.
template <class Texts>
bool all_utf8(const Texts& texts) noexcept {
    for (const auto& text : texts) {
        if (!is_utf8(text)) return false;
    }
    return true;
}

/// Appends a code point, which must not be a surrogate or above U+10FFFF.
WEBPUBSUB_DECL void append_code_point(char32_t code_point, std::string& out);

/// How many UTF-16 code units valid UTF-8 stands for: the unit in which the service counts characters. Never more
/// than the text has bytes, never less than a third of them.
constexpr std::size_t utf16_length(std::string_view text) noexcept {
    std::size_t units = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        units += static_cast<std::size_t>((byte & 0xC0u) != 0x80u) + static_cast<std::size_t>(byte >= 0xF0u);
    }
    return units;
}

/// Whether all of it is Unicode white space; so is the empty text.
constexpr bool is_blank(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        if (!detail::is_white_space(next_code_point(text, at))) return false;
    }
    return true;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/text/impl/utf8.ipp>
#endif
