// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/connection.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL std::string owned_name(connection_handle owner, std::string_view name) {
    std::string owned;
    owned.reserve(sizeof(std::uint64_t) + name.size());
    for (int shift = 56; shift >= 0; shift -= 8) {
        owned.push_back(static_cast<char>(number_of(owner) >> shift & 0xFF));
    }
    return owned.append(name);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
