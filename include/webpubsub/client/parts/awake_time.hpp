// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The time that a client reckons in: the host's, less what its process slept through. So no deadline passes unseen
/// while frames that would have met it wait in the socket.
class awake_time {
public:
    explicit awake_time(std::optional<duration> suspension) noexcept : suspension_(suspension) {}

    /// The awake time at the beginning of the last call.
    steady_time now() const noexcept { return now_; }

    /// Begins a call at the host's time `now`, when `deadline` (in awake time) was to be met. Returns the time that
    /// was slept through, which is zero unless the deadline was missed by far.
    duration begin(steady_time now, const std::optional<steady_time>& deadline) noexcept {
        now_ = now - slept_;
        if (!deadline || !suspension_ || now_ <= *deadline || now_ - *deadline <= *suspension_) return duration::zero();
        const auto lost = now_ - *deadline;
        slept_ += lost;
        now_ = *deadline;
        return lost;
    }

    std::optional<steady_time> to_host(const std::optional<steady_time>& deadline) const noexcept {
        if (!deadline) return std::nullopt;
        return add_saturating(*deadline, slept_);
    }

private:
    std::optional<duration> suspension_;
    duration slept_{};
    steady_time now_{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
