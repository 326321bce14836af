// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

struct string_map_entry {
    std::string key;
    std::string value;

    friend bool operator==(const string_map_entry&, const string_map_entry&) = default;
};

/// Metadata, or the state of a connection in a group: strings by strings, in the order of the wire, which means
/// nothing. No key occurs twice in what a codec has read; whoever builds one sees to that.
using string_map = std::vector<string_map_entry>;

namespace detail {

/// Of entries with the same key keeps the last, in the place of the first. In O(n log n).
inline void keep_last_of_each_key(string_map& map) {
    if (map.size() < 2) return;
    std::vector<std::size_t> order(map.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return map[a].key < map[b].key; });

    std::vector<bool> dropped(map.size(), false);
    bool any = false;
    for (std::size_t i = 0, next = 0; i < order.size(); i = next) {
        for (next = i + 1; next < order.size() && map[order[next]].key == map[order[i]].key; ++next) {
            dropped[order[next]] = true;
            any = true;
        }
        if (next - i > 1) map[order[i]].value = std::move(map[order[next - 1]].value);
    }
    if (!any) return;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < map.size(); ++i) {
        if (dropped[i]) continue;
        if (kept != i) map[kept] = std::move(map[i]);
        ++kept;
    }
    map.resize(kept);
}

} // namespace detail
} // namespace webpubsub
