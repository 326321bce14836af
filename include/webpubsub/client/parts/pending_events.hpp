// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/support/queue.hpp>

#include <utility>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The events of a part that the facade has not taken yet, in their order.
class pending_events {
public:
    template <class Event>
    void push(Event event) {
        events_.push(new client_event(std::in_place_type<Event>, std::move(event)));
    }

    polled<client_event> poll() noexcept { return events_.poll(); }

private:
    detail::queue<client_event> events_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
