// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <optional>

// Of <chrono> only durations and clocks are needed. libstdc++ has them in a header of their own; the whole of <chrono>
// would cost every user half a second for calendars and streams.
#if defined(__GLIBCXX__) && __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif

namespace webpubsub::inline WEBPUBSUB_MODE {

// The library never reads a clock: the caller passes the time to every handle and command. Both are the standard
// clocks' types, so that a program passes `steady_clock::now()` and a test passes whatever it likes.

/// Monotonic time. A call must never pass an earlier time than the call before it.
using steady_time = std::chrono::steady_clock::time_point;

/// Calendar time: token expiry and time stamps. May jump.
using wall_time = std::chrono::system_clock::time_point;

using duration = std::chrono::steady_clock::duration;

/// One moment on both clocks, as the service side needs it.
struct instant {
    steady_time steady;
    wall_time wall;

    friend constexpr bool operator==(const instant&, const instant&) = default;
};

/// Two waits after each other, at most the longest that there is.
constexpr duration add_saturating(duration a, duration b) noexcept {
    if (b > duration::zero() && a > duration::max() - b) return duration::max();
    return a + b;
}

/// The moment `wait` after `now`, at most the last that the clock can tell.
constexpr steady_time add_saturating(steady_time now, duration wait) noexcept {
    if (wait > duration::zero() && now > steady_time::max() - wait) return steady_time::max();
    return now + wait;
}

/// The same for an optional limit: without one the moment never comes.
constexpr std::optional<steady_time> add_saturating(steady_time now, std::optional<duration> wait) noexcept {
    if (!wait) return std::nullopt;
    return add_saturating(now, *wait);
}

/// The earlier of two deadlines, of which each may be none.
constexpr std::optional<steady_time> earlier(const std::optional<steady_time>& a,
                                             const std::optional<steady_time>& b) noexcept {
    return !a || (b && *b < *a) ? b : a;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
