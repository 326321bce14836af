// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/json_service.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/json_text.hpp>

#include <boost/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::test {

/// Deeper than any input that is compared here: how deep JSON may be is counted differently inside of `data`.
inline constexpr std::size_t compared_depth = 500;

inline bool is_too_deep(std::string_view text) {
    std::size_t brackets = 0;
    for (const char c : text) brackets += c == '[' || c == '{';
    return brackets >= compared_depth;
}

inline bool boost_json_takes(std::string_view text, bool& is_object) {
    boost::json::parse_options options;
    options.max_depth = compared_depth;
    boost::json::error_code ec;
    const auto value = boost::json::parse({text.data(), text.size()}, ec, {}, options);
    is_object = !ec && value.is_object();
    return !ec;
}

/// The same text with a short exponent for each that has nine digits or more, since Boost.JSON takes none above 2^31.
inline std::string with_short_exponents(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        out.push_back(text[at]);
        if (text[at] != 'e' && text[at] != 'E') continue;
        std::size_t digits = at + 1;
        if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
        std::size_t end = digits;
        while (end < text.size() && is_digit(text[end])) ++end;
        if (end - digits < 9) continue;
        out.append("1");
        at = end - 1;
    }
    return out;
}

/// The same text with another escape for each half of a surrogate pair, of which Boost.JSON takes none.
inline std::string without_half_surrogates(std::string_view text) {
    const auto unit_at = [&](std::size_t at) {
        unsigned unit = 0;
        if (text.size() - at < 6 || text[at] != '\\' || text[at + 1] != 'u') return 0u;
        for (std::size_t i = at + 2; i < at + 6; ++i) {
            const int digit = hex_digit_value(text[i]);
            if (digit < 0) return 0u;
            unit = unit << 4 | static_cast<unsigned>(digit);
        }
        return unit;
    };
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t size = text[at] == '\\' && at + 1 < text.size() ? 2 : 1;
        const auto unit = unit_at(at);
        const bool is_high = unit >= 0xD800 && unit < 0xDC00;
        if (is_high && unit_at(at + 6) >= 0xDC00 && unit_at(at + 6) < 0xE000) size = 12;
        if (size != 12 && unit >= 0xD800 && unit < 0xE000) {
            out.append("\\uFFFD");
            at += 6;
            continue;
        }
        out.append(text.substr(at, size));
        at += size;
    }
    return out;
}

/// Whether the codec takes `text` for one JSON object, whatever it makes of its properties.
inline bool is_one_object(std::string_view text, const codec_limits& limits) {
    client_message message;
    const auto decoded = json_service_codec(limits).decode(text, message);
    if (decoded) return true;
    const auto code = decoded.error().code;
    return code != errc::invalid_json && code != errc::not_one_object && code != errc::too_deep;
}

/// Whether Boost.JSON's parse into a DOM and this library differ about `text`: what is JSON, and what is one object.
/// They agree on everything but depth, half of a surrogate pair, and exponents that are too large for Boost.JSON.
inline bool json_difference(std::string_view text) {
    if (is_too_deep(text)) return false;
    codec_limits limits;
    limits.max_depth = limits.max_data_depth = compared_depth;
    bool is_object = false;
    const bool is_json = boost_json_takes(with_short_exponents(without_half_surrogates(text)), is_object);
    return check_json(text, compared_depth).has_value() != is_json || is_one_object(text, limits) != is_object;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::test
