// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// An ordered map from names to numbers; see `number_index`. Operations are logarithmic.
class name_index {
public:
    /// Replaces the value of a name that is there.
    void set(std::string_view name, std::uint64_t value = 0);
    bool erase(std::string_view name);
    void clear() noexcept { map_.clear(); }

    bool contains(std::string_view name) const { return find(name) != nullptr; }
    /// Null for a name that is not there. Valid until the map is changed.
    const std::uint64_t* find(std::string_view name) const;
    /// The least name that is greater than `name`; null if there is none. Valid until that name is erased.
    const std::string* next_after(std::string_view name) const;
    /// The least name that is not less than `name`; null if there is none. Valid until that name is erased.
    const std::string* first_from(std::string_view name) const;
    /// The least name of all; null if there is none.
    const std::string* first() const;

    std::size_t size() const noexcept { return map_.size(); }
    bool empty() const noexcept { return map_.empty(); }

private:
    struct less {
        using is_transparent = void;
        bool operator()(std::string_view a, std::string_view b) const noexcept { return a < b; }
    };

    std::map<std::string, std::uint64_t, less> map_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/support/impl/name_index.ipp>
#endif
