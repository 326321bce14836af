// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/name_index.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL void name_index::set(std::string_view name, std::uint64_t value) {
    const auto found = map_.find(name);
    if (found != map_.end()) {
        found->second = value;
    } else {
        map_.emplace(name, value);
    }
}

WEBPUBSUB_DECL bool name_index::erase(std::string_view name) {
    const auto found = map_.find(name);
    if (found == map_.end()) return false;
    map_.erase(found);
    return true;
}

WEBPUBSUB_DECL const std::uint64_t* name_index::find(std::string_view name) const {
    const auto found = map_.find(name);
    return found == map_.end() ? nullptr : &found->second;
}

WEBPUBSUB_DECL const std::string* name_index::next_after(std::string_view name) const {
    const auto found = map_.upper_bound(name);
    return found == map_.end() ? nullptr : &found->first;
}

WEBPUBSUB_DECL const std::string* name_index::first_from(std::string_view name) const {
    const auto found = map_.lower_bound(name);
    return found == map_.end() ? nullptr : &found->first;
}

WEBPUBSUB_DECL const std::string* name_index::first() const { return map_.empty() ? nullptr : &map_.begin()->first; }

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
