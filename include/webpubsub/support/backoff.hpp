// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How long to wait before something is tried again.
struct backoff_options {
    /// The delay before the first repetition. It doubles with each further one, up to `max`.
    duration base = std::chrono::seconds(1);
    /// The longest delay. If it equals `base`, every delay is the same.
    duration max = std::chrono::seconds(30);
    /// The share of a delay that is left to chance, from 0 to 1: 0.5 spreads it evenly over 50 % to 100 % of its value.
    double jitter = 0.5;
};

namespace detail {

/// Whether the delays are times and the jitter is a share.
constexpr bool is_valid(const backoff_options& options) noexcept {
    return options.base >= duration::zero() && options.max >= duration::zero() && options.jitter >= 0 &&
           options.jitter <= 1;
}

/// Pseudo-random numbers for jitter: deterministic, and not for secrets.
class jitter_source {
public:
    explicit constexpr jitter_source(std::uint64_t seed) noexcept : state_(seed) {}

    /// A number that is evenly distributed from 0 up to 1.
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
constexpr duration backoff_delay(const backoff_options& options, unsigned repetition, jitter_source& chance) noexcept {
    duration delay = options.base < options.max ? options.base : options.max;
    for (unsigned i = 1; i < repetition && delay < options.max; ++i) {
        delay = delay > options.max / 2 ? options.max : delay * 2;
    }
    const double share = options.jitter < 0 ? 0 : options.jitter > 1 ? 1 : options.jitter;
    return delay - duration(static_cast<duration::rep>(static_cast<double>(delay.count()) * share * chance.next()));
}

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE
