// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/number_index.hpp>
#include <webpubsub/time.hpp>

#include <cstdint>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// All the timers of a state machine, at most one for each id, behind the single deadline that its user arms. Among
/// timers due at the same time the lesser id comes first. Operations are logarithmic.
class timer_table {
public:
    /// Starts the timer, or moves it.
    void set(std::uint64_t id, steady_time when);
    /// Cancels it when there is no time.
    void set(std::uint64_t id, const std::optional<steady_time>& when) { when ? set(id, *when) : cancel(id); }
    void cancel(std::uint64_t id);
    void clear() noexcept;

    bool is_set(std::uint64_t id) const { return by_id_.contains({id, 0}); }

    /// When to call again; nothing while no timer runs.
    std::optional<steady_time> next() const;

    /// Takes the earliest timer whose time has come.
    std::optional<std::uint64_t> pop_due(steady_time now);

private:
    number_index by_id_;
    number_index by_time_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/support/impl/timer_table.ipp>
#endif
