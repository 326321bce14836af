// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The events of a part that the facade has not taken yet, in their order.
class pending_events {
public:
    void push(client_event event) { events_.push_back(std::move(event)); }

    std::optional<client_event> poll() {
        if (next_ == events_.size()) return std::nullopt;
        std::optional<client_event> event(std::move(events_[next_++]));
        if (next_ == events_.size()) {
            events_.clear();
            next_ = 0;
        }
        return event;
    }

private:
    std::vector<client_event> events_;
    std::size_t next_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
