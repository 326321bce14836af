// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

#include <algorithm>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Notices a dead transport: pings at an interval, and gives up when nothing at all is received for too long
/// (sessions.md section 9). An interval or a timeout of zero is never.
class keep_alive {
public:
    keep_alive(duration interval, duration timeout) noexcept : interval_(interval), timeout_(timeout) {}

    void start(steady_time now) noexcept {
        last_received_ = now;
        next_ping_ = interval_ > duration::zero() ? std::optional(now + interval_) : std::nullopt;
        running_ = true;
        ping_due_ = false;
    }

    void stop() noexcept {
        running_ = false;
        ping_due_ = false;
    }

    void received(steady_time now) noexcept { last_received_ = now; }

    std::optional<steady_time> deadline() const noexcept {
        if (!running_) return std::nullopt;
        if (timeout_ == duration::zero()) return next_ping_;
        const auto dead = last_received_ + timeout_;
        return next_ping_ ? std::min(*next_ping_, dead) : dead;
    }

    /// To be called at the deadline. True if the transport is to be given up.
    bool expired(steady_time now) noexcept {
        if (!running_) return false;
        if (timeout_ > duration::zero() && now >= last_received_ + timeout_) return true;
        if (next_ping_ && now >= *next_ping_) {
            ping_due_ = true;
            next_ping_ = now + interval_;
        }
        return false;
    }

    bool ping_due() const noexcept { return ping_due_; }
    void pinged() noexcept { ping_due_ = false; }

private:
    duration interval_;
    duration timeout_;
    steady_time last_received_{};
    std::optional<steady_time> next_ping_;
    bool running_ = false;
    bool ping_due_ = false;
};

} // namespace webpubsub
