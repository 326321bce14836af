// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/events.hpp>
#include <webpubsub/hub/options.hpp>
#include <webpubsub/hub/parts/support.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The events that the application has not been told yet. All parts of a hub put their events into one queue, so that
/// they come in the order in which things happened.
class pending_events {
public:
    template <class Event>
    void push(Event&& event) {
        add(new hub_event(std::forward<Event>(event)));
    }
    polled<hub_event> take() noexcept;

    /// Whether clients may add no more events.
    bool is_full(const hub_application_options& limits) const noexcept {
        return events_.size() >= limits.max_pending_events || bytes_ >= limits.max_pending_event_bytes;
    }

    /// A number for a question to the application or to the host; no number comes twice.
    std::uint64_t next_number() noexcept { return ++last_number_; }

private:
    void add(hub_event* owned);

    std::uint64_t last_number_ = 0;
    std::size_t bytes_ = 0;
    queue<hub_event> events_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/pending_events.ipp>
#endif
