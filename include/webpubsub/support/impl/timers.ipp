// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/timers.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL void timers::set(std::uint64_t id, std::optional<steady_time> when) {
    if (!when) return cancel(id);
    const auto [place, is_new] = by_id_.emplace(id, *when);
    if (!is_new) {
        if (place->second == *when) return;
        by_time_.emplace(*when, id);
        by_time_.erase({place->second, id});
        place->second = *when;
        return;
    }
    by_time_.emplace(*when, id);
}

WEBPUBSUB_DECL void timers::cancel(std::uint64_t id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    by_time_.erase({found->second, id});
    by_id_.erase(found);
}

WEBPUBSUB_DECL std::optional<steady_time> timers::next() const {
    if (by_time_.empty()) return std::nullopt;
    return by_time_.begin()->first;
}

WEBPUBSUB_DECL std::optional<std::uint64_t> timers::pop_due(steady_time now) {
    if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;
    const auto id = by_time_.begin()->second;
    cancel(id);
    return id;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
