// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// When a node says that it lives, and whether others can still think so.
class pulse {
public:
    pulse(duration interval, duration silence) noexcept : interval_(interval), silence_(silence) {}

    /// The node has just said so.
    void beat(steady_time now) noexcept { last_ = now; }
    /// The node can't say so, or not yet. Whether it is dead it hears from others.
    void stop() noexcept { last_.reset(); }

    bool is_due(steady_time now) const noexcept { return last_ && now >= add_saturating(*last_, interval_); }
    /// Whether it was silent for so long that the others have found it dead: its process or its machine has stood
    /// still.
    bool is_overdue(steady_time now) const noexcept { return last_ && now >= add_saturating(*last_, silence_); }
    /// Whether saying so once more, out of turn, is not too often.
    bool may_repeat(steady_time now) const noexcept { return last_ && now >= add_saturating(*last_, interval_ / 8); }

    std::optional<steady_time> poll_timeout() const noexcept {
        return last_ ? std::optional(add_saturating(*last_, interval_)) : std::nullopt;
    }

private:
    duration interval_;
    duration silence_;
    std::optional<steady_time> last_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
