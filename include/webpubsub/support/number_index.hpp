// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <map>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// An ordered map from pairs of numbers to numbers. The library's ordered containers are made of this one and of
/// `name_index`, so that a program compiles one tree of each kind and not one for each use. Operations are logarithmic.
class number_index {
public:
    struct key {
        std::uint64_t first = 0;
        std::uint64_t second = 0;

        friend constexpr bool operator<(const key& a, const key& b) noexcept {
            return a.first != b.first ? a.first < b.first : a.second < b.second;
        }
        friend constexpr bool operator==(const key&, const key&) = default;
    };

    struct entry {
        number_index::key key;
        std::uint64_t value = 0;
    };

    /// Replaces the value of a key that is there.
    void set(key k, std::uint64_t value = 0);
    bool erase(key k);
    void clear() noexcept;

    bool contains(key k) const;
    /// Null for a key that is not there. Valid until the map is changed.
    const std::uint64_t* find(key k) const;
    /// The entry with the least key that is not less than `k`. False if there is none.
    bool find_from(key k, entry& out) const;
    /// The entry with the least key of all. False if there is none.
    bool first(entry& out) const { return find_from({}, out); }

    std::size_t size() const noexcept { return map_.size(); }
    bool empty() const noexcept { return map_.empty(); }

private:
    std::map<key, std::uint64_t> map_;
};

} // namespace webpubsub::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/support/impl/number_index.ipp>
#endif
