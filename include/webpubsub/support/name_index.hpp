// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/ordered_index.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// An ordered map from names to numbers. Operations are logarithmic.
class name_index {
public:
    /// A name and its value. It stays where it is until it is erased.
    using entry = ordered_index::entry;

    /// Replaces the value of a name that is there.
    void set(std::string_view name, std::uint64_t value = 0) { tree_.set({0, 0, name}, value); }
    /// The name may be that of an entry.
    bool erase(std::string_view name) noexcept { return tree_.erase({0, 0, name}); }
    void clear() noexcept { tree_.clear(); }

    bool contains(std::string_view name) const noexcept { return tree_.find({0, 0, name}) != nullptr; }
    /// Null for a name that is not there. Valid until that name is erased.
    const std::uint64_t* find(std::string_view name) const noexcept {
        const auto* const found = tree_.find({0, 0, name});
        return found == nullptr ? nullptr : &found->value;
    }
    /// The entry with the least name that is greater than `name`; null if there is none.
    const entry* next_after(std::string_view name) const noexcept { return tree_.find_from({0, 0, name}, true); }
    /// The entry with the least name that is not less than `name`; null if there is none.
    const entry* first_from(std::string_view name) const noexcept { return tree_.find_from({0, 0, name}); }
    /// The entry with the least name of all; null if there is none.
    const entry* first() const noexcept { return tree_.find_from({}); }

    std::size_t size() const noexcept { return tree_.size(); }
    bool empty() const noexcept { return tree_.size() == 0; }

private:
    ordered_index tree_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
