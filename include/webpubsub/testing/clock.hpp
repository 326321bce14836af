// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::testing {

/// A clock that only a test moves. Both of its times go on together; they begin at an hour of steady time and at a
/// moment of the year 2023.
class clock {
public:
    instant now() const noexcept { return now_; }
    steady_time steady() const noexcept { return now_.steady; }

    void advance(duration by) noexcept { advance_to(add_saturating(now_.steady, by)); }

    /// Does nothing for a time that is past.
    void advance_to(steady_time when) noexcept {
        if (when <= now_.steady) return;
        now_.wall += std::chrono::duration_cast<wall_time::duration>(when - now_.steady);
        now_.steady = when;
    }

private:
    instant now_{steady_time(std::chrono::hours(1)), wall_time(std::chrono::seconds(1'700'000'000))};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::testing
