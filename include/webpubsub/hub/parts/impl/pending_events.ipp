// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/pending_events.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL void pending_events::push(hub_event event) { events_.push_back(std::move(event)); }

WEBPUBSUB_DECL std::optional<hub_event> pending_events::take() {
    if (events_.empty()) return std::nullopt;
    return events_.take_front();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
