// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/timer_table.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Times as unsigned numbers, in the same order.
constexpr std::uint64_t time_bias = std::uint64_t{1} << 63;

WEBPUBSUB_DECL void timer_table::set(std::uint64_t id, steady_time when) {
    const auto time = static_cast<std::uint64_t>(when.time_since_epoch().count()) ^ time_bias;
    if (const auto* const old = by_id_.find({id, 0})) {
        if (*old == time) return;
        by_time_.erase({*old, id});
    }
    by_id_.set({id, 0}, time);
    by_time_.set({time, id});
}

WEBPUBSUB_DECL void timer_table::cancel(std::uint64_t id) {
    const auto* const time = by_id_.find({id, 0});
    if (time == nullptr) return;
    by_time_.erase({*time, id});
    by_id_.erase({id, 0});
}

WEBPUBSUB_DECL void timer_table::clear() noexcept {
    by_id_.clear();
    by_time_.clear();
}

WEBPUBSUB_DECL std::optional<steady_time> timer_table::next() const {
    number_index::entry earliest;
    if (!by_time_.first(earliest)) return std::nullopt;
    return steady_time(duration(static_cast<duration::rep>(earliest.key.first ^ time_bias)));
}

WEBPUBSUB_DECL std::optional<std::uint64_t> timer_table::pop_due(steady_time now) {
    const auto earliest = next();
    if (!earliest || *earliest > now) return std::nullopt;
    number_index::entry due;
    by_time_.first(due);
    by_time_.erase(due.key);
    by_id_.erase({due.key.second, 0});
    return due.key.second;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
