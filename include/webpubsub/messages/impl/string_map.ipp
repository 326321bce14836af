// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/support/name_index.hpp>

#include <cstddef>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL void keep_last_of_each_key(string_map& map) {
    if (map.size() < 2) return;
    name_index places;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < map.size(); ++i) {
        if (const auto* const place = places.find(map[i].key)) {
            map[*place].value.swap(map[i].value);
            continue;
        }
        places.set(map[i].key, kept);
        if (kept != i) {
            map[kept].key.swap(map[i].key);
            map[kept].value.swap(map[i].value);
        }
        ++kept;
    }
    while (map.size() != kept) map.pop_back();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
