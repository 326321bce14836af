// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/pending_events.hpp>
#include <webpubsub/variant.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The bytes of an event that a client can make many.
WEBPUBSUB_COLD_DECL std::size_t size_of(const hub_event& event) noexcept {
    if (const auto* user = get_if<hub_events::user_event>(&event)) {
        return user->data.bytes.size() + user->event.size() + detail::size_of(user->metadata);
    }
    if (const auto* asked = get_if<hub_events::invocation>(&event)) {
        return (asked->data ? asked->data->bytes.size() : 0) + asked->invocation_id.size() + asked->event.size() +
               detail::size_of(asked->metadata);
    }
    if (const auto* left = get_if<hub_events::client_disconnected>(&event)) return left->reason.size();
    return 0;
}

WEBPUBSUB_COLD_DECL void pending_events::add(hub_event* owned) {
    events_.push(owned);
    bytes_ += size_of(*owned);
}

WEBPUBSUB_COLD_DECL polled<hub_event> pending_events::take() noexcept {
    auto event = events_.poll();
    if (event) bytes_ -= size_of(*event);
    return event;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
