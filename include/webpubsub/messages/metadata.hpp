// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/result.hpp>

#include <cstddef>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

// Metadata (preview; subprotocols.md section 12). Sizes are in bytes.

inline constexpr std::size_t max_metadata_key_size = 256;
inline constexpr std::size_t max_metadata_value_size = 1024;
/// Of all keys and values of a message.
inline constexpr std::size_t max_metadata_size = 8192;

/// A key is a token of HTTP: letters, digits and some punctuation.
constexpr bool is_valid_metadata_key(std::string_view key) noexcept {
    if (key.empty() || key.size() > max_metadata_key_size) return false;
    for (const char c : key) {
        const bool is_token = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
        if (!is_token) return false;
    }
    return true;
}

/// A value is ASCII, and may be empty.
constexpr bool is_valid_metadata_value(std::string_view value) noexcept {
    if (value.size() > max_metadata_value_size) return false;
    for (const char c : value) {
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return true;
}

/// Every key and value, and their size together. `errc::invalid_metadata`.
[[nodiscard]] inline result<void> check_metadata(const string_map& metadata) noexcept {
    std::size_t size = 0;
    for (const auto& [key, value] : metadata) {
        size += key.size() + value.size();
        if (size > max_metadata_size || !is_valid_metadata_key(key) || !is_valid_metadata_value(value)) {
            return errc::invalid_metadata;
        }
    }
    return {};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
