// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/detail/json_blocks.hpp>
#include <webpubsub/text/detail/json_scan_string.hpp>
#include <webpubsub/text/detail/load.hpp>
#include <webpubsub/text/json_text.hpp>
#include <webpubsub/text/utf8.hpp>

#include <bit>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

WEBPUBSUB_DECL const char* find_json_special(const char* at, const char* end) noexcept {
#ifdef __SSE2__
    for (; end - at >= 16; at += 16) {
        const auto found = json_specials(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
        if (found != 0) return at + std::countr_zero(found);
    }
#endif
    while (at != end && static_cast<unsigned char>(*at) >= 0x20 && *at != '"' && *at != '\\') ++at;
    return at;
}

WEBPUBSUB_DECL char* write_json_escape(char special, char* to) noexcept {
    *to++ = '\\';
    switch (special) {
    case '"':
    case '\\': *to++ = special; break;
    case '\b': *to++ = 'b'; break;
    case '\f': *to++ = 'f'; break;
    case '\n': *to++ = 'n'; break;
    case '\r': *to++ = 'r'; break;
    case '\t': *to++ = 't'; break;
    default:
        for (const char c : {'u', '0', '0', special < 0x10 ? '0' : '1', "0123456789abcdef"[special & 15]}) *to++ = c;
    }
    return to;
}

/// Whether one of 8 bytes is a quote, a backslash, a control character or above 0x7F. It may be wrong only in saying
/// yes, behind a byte that is.
inline bool has_special(std::uint64_t bytes) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t high = 0x80 * ones;
    const auto zero_at = [](std::uint64_t x) { return (x - ones) & ~x; };
    const auto below_space = (bytes - 0x20 * ones) & ~bytes;
    return ((bytes | below_space | zero_at(bytes ^ 0x22 * ones) | zero_at(bytes ^ 0x5C * ones)) & high) != 0;
}

WEBPUBSUB_DECL const char* json_scanner::scan_long_string(const char* at, bool& plain) noexcept {
    const char* const end = end_;
    for (;;) {
#ifdef __SSE2__
        while (end - at >= 16) {
            const auto found = json_specials_or_non_ascii(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
            if (found != 0) {
                at += std::countr_zero(found);
                break;
            }
            at += 16;
        }
        // The last bytes by a load that begins before them.
        if (end - at < 16 && end - at > 0 && end - begin_ >= 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(end - 16));
            const auto found = json_specials_or_non_ascii(bytes) >> (16 - (end - at));
            at = found != 0 ? at + std::countr_zero(found) : end;
        }
#endif
        // Frames of less than 16 bytes, and machines without such vectors.
        while (end - at >= 8 && !has_special(load_eight(at))) at += 8;
        unsigned char byte = 0;
        for (; at != end; ++at) {
            byte = static_cast<unsigned char>(*at);
            if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
        }
        if (at == end) return fail(errc::invalid_json, at);
        if (byte == '"') return at;
        if (byte == '\\') {
            plain = false;
            at = scan_escape(at + 1);
            if (at == nullptr) return nullptr;
        } else if (byte < 0x20) {
            return fail(errc::invalid_json, at);
        } else {
            do {
                const auto size = utf8_sequence_size(at, end);
                if (size == 0) return fail(errc::invalid_json, at);
                at += size;
            } while (at != end && static_cast<unsigned char>(*at) >= 0x80);
        }
    }
}

/// Behind the backslash.
WEBPUBSUB_DECL const char* json_scanner::scan_escape(const char* at) noexcept {
    if (at == end_) return fail(errc::invalid_json, at);
    switch (*at) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at + 1;
    case 'u': break;
    default: return fail(errc::invalid_json, at);
    }
    ++at;
    for (int digits = 0; digits < 4; ++digits, ++at) {
        if (at == end_ || hex_digit_value(*at) < 0) return fail(errc::invalid_json, at);
    }
    return at;
}

WEBPUBSUB_DECL const char* json_scanner::scan_number(const char* at) noexcept {
    const auto skip_digits = [this](const char*& digits) {
        const char* const first = digits;
        while (digits != end_ && is_digit(*digits)) ++digits;
        return digits != first;
    };
    if (*at == '-') ++at;
    if (is_at(at, '0')) {
        ++at;
    } else if (!skip_digits(at)) {
        return fail(errc::invalid_json, at);
    }
    if (is_at(at, '.') && !skip_digits(++at)) return fail(errc::invalid_json, at);
    if (is_at(at, 'e') || is_at(at, 'E')) {
        ++at;
        if (is_at(at, '+') || is_at(at, '-')) ++at;
        if (!skip_digits(at)) return fail(errc::invalid_json, at);
    }
    return at;
}

WEBPUBSUB_DECL const char* json_scanner::scan_literal(const char* at) noexcept {
    const char* const word = *at == 't' ? "true" : *at == 'f' ? "false" : *at == 'n' ? "null" : "";
    if (*word == '\0') return fail(errc::invalid_json, at);
    for (const char* expected = word; *expected != '\0'; ++expected, ++at) {
        if (at == end_ || *at != *expected) return fail(errc::invalid_json, at);
    }
    return at;
}

WEBPUBSUB_DECL const char* json_scanner::scan_value(const char* at, std::size_t max_depth, bool& plain) noexcept {
    if (at == end_) return fail(errc::invalid_json, at);
    const char c = *at;
    if (c == '"') {
        at = scan_string(at + 1, plain);
        return at == nullptr ? nullptr : at + 1;
    }
    if (c == '{' || c == '[') return scan_nested(at, max_depth);
    if (c == '-' || is_digit(c)) return scan_number(at);
    return scan_literal(at);
}

/// An array or an object. Without recursion, so that no input can exhaust the stack: a bit for each level tells which
/// of the two it is.
WEBPUBSUB_DECL const char* json_scanner::scan_nested(const char* at, std::size_t max_depth) noexcept {
    std::uint64_t is_object[max_json_depth / 64];
    if (max_depth > max_json_depth) max_depth = max_json_depth;
    std::size_t depth = 0;
    bool plain = true;
    bool in_object = false;
    json_value name;
    // At a value.
    for (;;) {
        if (is_at(at, '{') || is_at(at, '[')) {
            if (depth == max_depth) return fail(errc::too_deep, at);
            in_object = *at == '{';
            const auto bit = std::uint64_t{1} << depth % 64;
            auto& word = is_object[depth / 64];
            word = depth % 64 == 0 ? 0 : word;
            word = in_object ? word | bit : word & ~bit;
            ++depth;
            at = skip_space(at + 1);
            if (!is_at(at, in_object ? '}' : ']')) {
                if (in_object && (at = scan_name(at, name)) == nullptr) return nullptr;
                continue;
            }
        } else if ((at = scan_value(at, 0, plain)) == nullptr) {
            return nullptr;
        } else {
            at = skip_space(at);
        }
        // Behind a value, or at the end of an empty array or object.
        for (;;) {
            if (is_at(at, ',')) {
                at = skip_space(at + 1);
                if (in_object && (at = scan_name(at, name)) == nullptr) return nullptr;
                break;
            }
            if (!is_at(at, in_object ? '}' : ']')) return fail(errc::invalid_json, at);
            ++at;
            if (--depth == 0) return at;
            in_object = (is_object[(depth - 1) / 64] >> (depth - 1) % 64 & 1) != 0;
            at = skip_space(at);
        }
    }
}

WEBPUBSUB_DECL const char* json_scanner::scan_name(const char* at, json_value& name) noexcept {
    if (!is_at(at, '"')) return fail(errc::invalid_json, at);
    name.begin = at;
    name.plain = true;
    if ((at = scan_string(at + 1, name.plain)) == nullptr) return nullptr;
    name.end = at + 1;
    at = skip_space(at + 1);
    return is_at(at, ':') ? skip_space(at + 1) : fail(errc::invalid_json, at);
}

inline unsigned json_escaped_unit(const char* digits) noexcept {
    unsigned unit = 0;
    for (int i = 0; i < 4; ++i) unit = unit << 4 | static_cast<unsigned>(hex_digit_value(digits[i]));
    return unit;
}

WEBPUBSUB_DECL bool append_unescaped_json(std::string_view text, std::string& out) {
    bool replaced = false;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (;;) {
        const char* const escape = find_json_special(at, end);
        out.append(at, escape);
        if (escape == end) return replaced;
        at = escape + 2;
        switch (escape[1]) {
        case 'b': out.push_back('\b'); break;
        case 'f': out.push_back('\f'); break;
        case 'n': out.push_back('\n'); break;
        case 'r': out.push_back('\r'); break;
        case 't': out.push_back('\t'); break;
        case 'u': {
            char32_t code_point = json_escaped_unit(at);
            at += 4;
            if (code_point >= 0xD800 && code_point < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
                const unsigned low = json_escaped_unit(at + 2);
                if (low >= 0xDC00 && low < 0xE000) {
                    code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
                    at += 6;
                }
            }
            if (code_point >= 0xD800 && code_point < 0xE000) {
                code_point = 0xFFFD;
                replaced = true;
            }
            append_code_point(code_point, out);
            break;
        }
        default: out.push_back(escape[1]);
        }
    }
}

} // namespace detail

WEBPUBSUB_DECL result<void> check_json(std::string_view text, std::size_t max_depth) noexcept {
    detail::json_scanner scanner(text);
    bool plain = true;
    const char* at = scanner.scan_value(scanner.skip_space(scanner.begin()), max_depth, plain);
    if (at == nullptr) return scanner.failure();
    at = scanner.skip_space(at);
    if (at != scanner.end()) return error(errc::invalid_json, static_cast<std::size_t>(at - scanner.begin()));
    return {};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
