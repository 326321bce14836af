// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/string_map.hpp>

#include <cstdlib>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_COLD_DECL std::size_t size_of(const string_map& map) noexcept {
    std::size_t size = 0;
    for (const auto& [key, value] : map) size += sizeof(string_map_entry) + key.size() + value.size();
    return size;
}

/// By key, and entries with the same key by their place.
inline int compare_map_entries(const void* left, const void* right) noexcept {
    const auto* const a = *static_cast<const string_map_entry* const*>(left);
    const auto* const b = *static_cast<const string_map_entry* const*>(right);
    const int order = a->key.compare(b->key);
    return order != 0 ? order : a < b ? -1 : 1;
}

WEBPUBSUB_COLD_DECL void keep_last_of_each_key(string_map& map) {
    if (map.size() < 2) return;
    std::vector<string_map_entry*> order;
    order.reserve(map.size());
    for (auto& entry : map) order.push_back(&entry);
    // The function of C, since the templates of <algorithm> would be several times the code of the rest.
    std::qsort(order.data(), order.size(), sizeof(order[0]), compare_map_entries);

    // A byte for each entry.
    std::string dropped;
    for (std::size_t i = 0, next = 0; i < order.size(); i = next) {
        for (next = i + 1; next < order.size() && order[next]->key == order[i]->key; ++next) {
            dropped.resize(map.size(), 0);
            dropped[static_cast<std::size_t>(order[next] - map.data())] = 1;
        }
        if (next - i > 1) order[i]->value = std::move(order[next - 1]->value);
    }
    if (dropped.empty()) return;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < map.size(); ++i) {
        if (dropped[i] != 0) continue;
        if (kept != i) map[kept] = std::move(map[i]);
        ++kept;
    }
    cut(map, kept);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
