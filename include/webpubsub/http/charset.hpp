// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/utf8.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The parameter `charset` of a content type, without quotes; empty where there is none.
WEBPUBSUB_COLD_INLINE std::string_view charset_of(std::string_view content_type) noexcept {
    for (auto at = content_type.find(';'); at != std::string_view::npos; at = content_type.find(';')) {
        content_type.remove_prefix(at + 1);
        const auto parameter = trim_white_space(content_type.substr(0, content_type.find(';')));
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos) continue;
        if (!equal_ignoring_case(trim_white_space(parameter.substr(0, equals)), "charset")) continue;
        auto value = trim_white_space(parameter.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        return value;
    }
    return {};
}

namespace detail {

WEBPUBSUB_COLD_INLINE std::optional<std::string> utf8_from_utf16(std::string_view bytes, bool big_endian) {
    if (bytes.size() % 2 != 0) return std::nullopt;
    const auto unit_at = [&](std::size_t at) {
        const auto first = static_cast<unsigned char>(bytes[at]);
        const auto second = static_cast<unsigned char>(bytes[at + 1]);
        return static_cast<char32_t>(big_endian ? first * 256u + second : second * 256u + first);
    };
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 2) {
        const auto unit = unit_at(at);
        if (unit < 0xD800 || unit > 0xDFFF) {
            append_code_point(unit, text);
            continue;
        }
        if (unit > 0xDBFF || at + 2 == bytes.size()) return std::nullopt;
        at += 2;
        const auto low = unit_at(at);
        if (low < 0xDC00 || low > 0xDFFF) return std::nullopt;
        append_code_point(0x10000 + ((unit - 0xD800) << 10u) + (low - 0xDC00), text);
    }
    return text;
}

} // namespace detail

/// A body of text in UTF-8, from the character set that its content type names: UTF-8 where it names none, and
/// US-ASCII, ISO-8859-1 and UTF-16 (by its byte order mark, little-endian without). A byte order mark is dropped.
struct charset_reading {
    /// Nothing for a body that is no text of this character set.
    std::optional<std::string> text;
    /// Whether the character set is one of these.
    bool known = true;
};

WEBPUBSUB_COLD_INLINE charset_reading read_charset(std::string_view charset, std::string_view body) {
    constexpr std::string_view utf8_mark = "\xEF\xBB\xBF", little_mark = "\xFF\xFE", big_mark = "\xFE\xFF";
    const auto is = [charset](std::string_view name) { return equal_ignoring_case(charset, name); };
    if (charset.empty() || is("utf-8") || is("utf8")) {
        if (!charset.empty() && body.starts_with(utf8_mark)) body.remove_prefix(utf8_mark.size());
        return {is_utf8(body) ? std::optional(std::string(body)) : std::nullopt};
    }
    if (is("us-ascii") || is("ascii")) return {is_ascii(body) ? std::optional(std::string(body)) : std::nullopt};
    if (is("iso-8859-1") || is("latin1")) {
        std::string text;
        for (const char c : body) append_code_point(static_cast<unsigned char>(c), text);
        return {std::move(text)};
    }
    const bool says_big = is("utf-16be"), says_little = is("utf-16le"), says_utf16 = is("utf-16");
    if (!says_big && !says_little && !says_utf16) return {std::nullopt, false};
    const bool big_endian = says_big || (says_utf16 && body.starts_with(big_mark));
    if (body.starts_with(big_endian ? big_mark : little_mark)) body.remove_prefix(2);
    return {detail::utf8_from_utf16(body, big_endian)};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
