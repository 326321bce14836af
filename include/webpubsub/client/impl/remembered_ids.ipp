// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/remembered_ids.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_DECL void remembered_ids::add(std::string_view id) {
    detail::shared_bytes added(id);
    bytes_ += id.size();
    by_age_.emplace(++last_, added);
    ages_.emplace(std::move(added), last_);
    while (ages_.size() > max_count_ || bytes_ > max_bytes_) remove(by_age_.begin()->second.view());
}

WEBPUBSUB_DECL bool remembered_ids::remove(std::string_view id) {
    const auto found = ages_.find(id);
    if (found == ages_.end()) return false;
    bytes_ -= id.size();
    by_age_.erase(found->second);
    ages_.erase(found);
    return true;
}

WEBPUBSUB_DECL void remembered_ids::clear() noexcept {
    ages_.clear();
    by_age_.clear();
    bytes_ = 0;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
