// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/number_index.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL void number_index::set(key k, std::uint64_t value) {
    const auto added = map_.insert({k, value});
    if (!added.second) added.first->second = value;
}

WEBPUBSUB_DECL bool number_index::erase(key k) {
    const auto found = map_.find(k);
    if (found == map_.end()) return false;
    map_.erase(found);
    return true;
}

WEBPUBSUB_DECL void number_index::clear() noexcept { map_.clear(); }

WEBPUBSUB_DECL bool number_index::contains(key k) const { return find(k) != nullptr; }

WEBPUBSUB_DECL const std::uint64_t* number_index::find(key k) const {
    const auto found = map_.find(k);
    return found == map_.end() ? nullptr : &found->second;
}

WEBPUBSUB_DECL bool number_index::find_from(key k, entry& out) const {
    const auto found = map_.lower_bound(k);
    if (found == map_.end()) return false;
    out = {found->first, found->second};
    return true;
}

} // namespace webpubsub::detail
