// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/pending_events.hpp>
#include <webpubsub/support/queue.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The events that wait for the application, and how much of what comes from the service may still join them.
class event_queue {
public:
    explicit event_queue(const client_event_options& options) : options_(options) {}

    void push(polled<client_event>&& event) { events_.push(std::move(event)); }
    /// Adds an event, whose members the caller then sets: it is made where it stays.
    template <class Event>
    Event& add() {
        return add_event<Event>(events_);
    }
    polled<client_event> poll() noexcept;
    /// Counts what was added since the last time. To be called before anything below.
    void count() noexcept;
    bool empty() const noexcept { return events_.empty(); }
    /// How many of all events so far told of an error of the service, whichever part found it.
    std::uint64_t protocol_errors() const noexcept { return protocol_errors_; }

    /// Whether a frame may be taken: one of a host that stops reading when `wants_input` ends always may, and so may
    /// one when no event waits, however small the limits are.
    bool has_room() const noexcept {
        return events_.empty() || (events_.size() < options_.max_count && bytes_ < options_.max_bytes);
    }

    /// Whether more should be read. It ends at half of the limits and begins again at a quarter.
    bool wants_input() const noexcept { return wants_input_; }

private:
    void update_wants_input() noexcept;

    client_event_options options_;
    detail::queue<client_event> events_;
    /// The oldest of the events, so many, are counted in the bytes.
    std::size_t counted_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t protocol_errors_ = 0;
    bool wants_input_ = true;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/event_queue.ipp>
#endif
