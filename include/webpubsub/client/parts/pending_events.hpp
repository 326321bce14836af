// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/support/queue.hpp>

#include <type_traits>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// Adds an event of any kind to a queue, which keeps it.
WEBPUBSUB_DECL client_event& add_any_event(detail::queue<client_event>& queue);

/// Adds an event to a queue, whose members the caller then sets: it is made where it stays.
template <class Event>
Event& add_event(detail::queue<client_event>& queue) {
    static_assert(std::is_nothrow_default_constructible_v<Event>);
    return add_any_event(queue).template emplace<Event>();
}

/// The events of a part that the facade has not taken yet, in their order.
class pending_events {
public:
    template <class Event>
    Event& add() {
        return add_event<Event>(events_);
    }

    polled<client_event> poll() noexcept { return events_.poll(); }

private:
    detail::queue<client_event> events_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/pending_events.ipp>
#endif
