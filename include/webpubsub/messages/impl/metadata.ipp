// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/text/ascii.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_DECL bool is_valid_metadata_key(std::string_view key) noexcept {
    return key.size() <= max_metadata_key_size && is_http_token(key);
}

WEBPUBSUB_COLD_DECL bool is_valid_metadata_value(std::string_view value) noexcept {
    if (value.size() > max_metadata_value_size) return false;
    for (const char c : value) {
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return true;
}

WEBPUBSUB_COLD_DECL result<void> check_metadata(const string_map& metadata) noexcept {
    std::size_t size = 0;
    for (const auto& [key, value] : metadata) {
        size += key.size() + value.size();
        if (size > max_metadata_size || !is_valid_metadata_key(key) || !is_valid_metadata_value(value)) {
            return errc::invalid_metadata;
        }
    }
    return {};
}

WEBPUBSUB_COLD_DECL result<void> copy_metadata(const string_map& from, string_map& to) {
    to = from;
    detail::keep_last_of_each_key(to);
    return check_metadata(to);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
