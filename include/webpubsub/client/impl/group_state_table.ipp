// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/group_state_table.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_COLD_DECL const group_state_item* group_state_table::find(std::string_view connection_id) const {
    const auto* const number = numbers_.find(connection_id);
    return number == nullptr ? nullptr : items_.find(*number);
}

WEBPUBSUB_COLD_DECL void group_state_table::add(const group_state_item& item) {
    numbers_.set(item.connection_id, ++last_number_);
    items_.add(last_number_, item);
}

WEBPUBSUB_COLD_DECL void group_state_table::erase(std::string_view connection_id) {
    const auto* const number = numbers_.find(connection_id);
    if (number == nullptr) return;
    const auto erased = *number;
    // The name may be the item's own.
    numbers_.erase(connection_id);
    items_.erase(erased);
}

WEBPUBSUB_COLD_DECL void group_state_table::clear() noexcept {
    numbers_.clear();
    items_.clear();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
