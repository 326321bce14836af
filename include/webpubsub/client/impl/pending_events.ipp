// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/pending_events.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL client_event& add_any_event(detail::queue<client_event>& queue) {
    polled<client_event> added(new client_event);
    auto& event = *added;
    queue.push(std::move(added));
    return event;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
