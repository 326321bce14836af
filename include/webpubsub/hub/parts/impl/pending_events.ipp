// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/pending_events.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL void pending_events::push(hub_event event) { events_.push(new hub_event(std::move(event))); }

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
