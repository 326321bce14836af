// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/support/queue.hpp>

#include <utility>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// Adds an event to a queue, whose members the caller then sets: it is made where it stays.
template <class Event>
Event& add_event(detail::queue<client_event>& queue) {
    polled<client_event> added(new client_event(std::in_place_type<Event>));
    auto* const event = std::get_if<Event>(&*added);
    queue.push(std::move(added));
    return *event;
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
