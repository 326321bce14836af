// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/payload.hpp>
#include <webpubsub/text/ascii.hpp>
#include <webpubsub/text/json_text.hpp>
#include <webpubsub/text/utf8.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The content type of a payload in a body of HTTP, without a character set.
constexpr std::string_view content_type_of(data_type type) noexcept {
    constexpr std::string_view names[] = {"application/json", "text/plain", "application/octet-stream",
                                          "application/x-protobuf"};
    return names[static_cast<std::size_t>(type)];
}

/// The data type that a content type stands for, in any case and whatever parameters it has; nothing for another one.
WEBPUBSUB_COLD_INLINE std::optional<data_type> data_type_of(std::string_view content_type) noexcept {
    const auto name = trim_white_space(content_type.substr(0, content_type.find(';')));
    for (const auto type : {data_type::text, data_type::json, data_type::binary, data_type::protobuf}) {
        if (equal_ignoring_case(name, content_type_of(type))) return type;
    }
    return std::nullopt;
}

/// Whether a body is text or JSON where its type says so; other bytes may be any.
WEBPUBSUB_COLD_INLINE bool is_body_of(data_type type, std::string_view bytes, std::size_t max_depth) noexcept {
    if (type == data_type::text) return is_utf8(bytes);
    return type != data_type::json || check_json(bytes, max_depth).has_value();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
