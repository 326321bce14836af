// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <string>
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

/// Drops what is behind the first `count` elements. `resize` would be several times the code, since it may also grow.
template <class List>
void cut(List& list, std::size_t count) {
    while (list.size() > count) list.pop_back();
}

/// About the memory that a map takes, in bytes: its entries and their texts.
WEBPUBSUB_DECL std::size_t size_of(const string_map& map) noexcept;

/// Keeps the last of all entries with the same key, in the place of the first. It takes O(n log n).
WEBPUBSUB_DECL void keep_last_of_each_key(string_map& map);

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/messages/impl/string_map.ipp>
#endif
