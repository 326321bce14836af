// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/ordered_index.hpp>

#include <cstddef>
#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// An ordered map from pairs of numbers to numbers. Operations are logarithmic.
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
    void set(key k, std::uint64_t value = 0) { tree_.set({k.first, k.second, {}}, value); }
    bool erase(key k) noexcept { return tree_.erase({k.first, k.second, {}}); }
    void clear() noexcept { tree_.clear(); }

    bool contains(key k) const noexcept { return find(k) != nullptr; }
    /// Null for a key that is not there. Valid until that key is erased.
    const std::uint64_t* find(key k) const noexcept {
        const auto* const found = tree_.find({k.first, k.second, {}});
        return found == nullptr ? nullptr : &found->value;
    }
    /// The entry with the least key that is not less than `k`. False if there is none.
    bool find_from(key k, entry& out) const noexcept {
        const auto* const found = tree_.find_from({k.first, k.second, {}});
        if (found == nullptr) return false;
        out = {{found->first, found->second}, found->value};
        return true;
    }
    /// The entry with the least key of all. False if there is none.
    bool first(entry& out) const noexcept { return find_from({}, out); }

    std::size_t size() const noexcept { return tree_.size(); }
    bool empty() const noexcept { return tree_.size() == 0; }

private:
    ordered_index tree_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
