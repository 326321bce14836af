// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE {

struct backoff_options {
    /// The delay before the first repetition. It doubles with each further one, up to `max`.
    duration base = std::chrono::seconds(1);
    /// Equal to `base`, every delay is the same.
    duration max = std::chrono::seconds(30);
    /// How much of a delay is left to chance: 0.5 spreads it evenly over 50 % to 100 % of its value.
    double jitter = 0.5;
};

/// Pseudo-random numbers for jitter; deterministic, not for secrets.
class jitter_source {
public:
    explicit constexpr jitter_source(std::uint64_t seed) noexcept : state_(seed) {}

    /// Evenly from 0 up to 1.
    constexpr double next() noexcept {
        state_ += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        mixed ^= mixed >> 31;
        return static_cast<double>(mixed >> 11) * 0x1.0p-53;
    }

private:
    std::uint64_t state_;
};

/// The delay before the `repetition`-th repetition, counted from 1.
inline duration backoff_delay(const backoff_options& options, unsigned repetition, jitter_source& chance) {
    duration delay = std::min(options.base, options.max);
    for (unsigned i = 1; i < repetition && delay < options.max; ++i) {
        delay = delay > options.max / 2 ? options.max : delay * 2;
    }
    const double left_out = std::clamp(options.jitter, 0.0, 1.0) * chance.next();
    return delay - std::chrono::duration_cast<duration>(delay * left_out);
}

} // namespace webpubsub
