// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/ticket_deadlines.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_DECL void ticket_deadlines::move(ticket owner, std::optional<steady_time>& kept,
                                           std::optional<steady_time> deadline) {
    if (kept == deadline) return;
    if (kept) deadlines_.erase({*kept, owner});
    if (deadline) deadlines_.emplace(*deadline, owner);
    kept = deadline;
}

WEBPUBSUB_DECL std::optional<steady_time> ticket_deadlines::next() const {
    if (deadlines_.empty()) return std::nullopt;
    return deadlines_.begin()->first;
}

WEBPUBSUB_DECL std::optional<ticket> ticket_deadlines::due(steady_time now) const {
    if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
    return deadlines_.begin()->second;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
