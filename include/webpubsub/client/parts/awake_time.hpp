// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The time that a client reckons in: the host's, less what its process slept through. It stands still for a moment
/// after a suspension, so that no deadline passes before the frames that would have met it are read: they wait in the
/// socket.
class awake_time {
public:
    explicit awake_time(std::optional<duration> suspension) noexcept : suspension_(suspension) {}

    /// The awake time at the beginning of the last call.
    steady_time now() const noexcept { return now_; }

    /// Begins a call at the host's time `now`, when `deadline` (in awake time) was to be met. Returns the time that
    /// will not count, which is zero unless the deadline was missed by far.
    duration begin(steady_time now, const std::optional<steady_time>& deadline) noexcept {
        const auto awake = now - slept_;
        if (!deadline || !suspension_ || awake <= *deadline || awake - *deadline <= *suspension_) {
            if (now_ < awake) now_ = awake;
            return duration::zero();
        }
        // The deadline is met by the first call after the moment in which the time stands still.
        if (now_ < *deadline) now_ = *deadline - duration(1);
        const auto slept = add_saturating(now, *suspension_) - now_;
        const auto lost = slept - slept_;
        slept_ = slept;
        return lost;
    }

    std::optional<steady_time> to_host(const std::optional<steady_time>& deadline) const noexcept {
        if (!deadline) return std::nullopt;
        return add_saturating(*deadline, slept_);
    }

private:
    std::optional<duration> suspension_;
    duration slept_{};
    steady_time now_ = steady_time::min();
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
