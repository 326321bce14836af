// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/text/ascii.hpp>

#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// What stands before the key of metadata in the name of a header, in lower case.
inline constexpr std::string_view metadata_header_prefix = "x-webpubsub-metadata-";

/// Metadata as headers carry it, with keys in lower case; of a repeated key the last value counts.
WEBPUBSUB_COLD_INLINE string_map read_metadata_headers(const std::vector<http_header>& headers) {
    string_map metadata;
    for (const auto& [name, value] : headers) {
        const std::string_view whole(name);
        const auto size = metadata_header_prefix.size();
        if (!equal_ignoring_case(whole.substr(0, size), metadata_header_prefix)) continue;
        metadata.push_back({to_lower(whole.substr(size)), value});
    }
    keep_last_of_each_key(metadata);
    return metadata;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
