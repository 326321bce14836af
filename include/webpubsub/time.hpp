// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace webpubsub {

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

} // namespace webpubsub
