// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/json.hpp>

#include <boost/json.hpp>

#include <cstddef>
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

/// Whether Boost.JSON's parse into a DOM and this library differ about `text`: what is JSON, and what is one object.
/// They agree on everything but depth.
inline bool json_difference(std::string_view text) {
    if (is_too_deep(text)) return false;
    codec_limits limits;
    limits.max_depth = limits.max_data_depth = compared_depth;
    bool is_object = false;
    const bool is_json = boost_json_takes(text, is_object);
    detail::json_object object;
    return detail::check_json(text, compared_depth).has_value() != is_json ||
           object.read(text, limits).has_value() != is_object;
}

} // namespace webpubsub::test
