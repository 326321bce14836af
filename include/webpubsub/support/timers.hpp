// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Timers by number, at most one for each, behind the single deadline that their user arms. Among timers that are due at
/// the same time the one with the lesser number comes first. Each operation is logarithmic.
class timers {
public:
    /// Starts the timer, or moves it; stops it if there is no moment.
    void set(std::uint64_t id, std::optional<steady_time> when);

    void cancel(std::uint64_t id);

    bool is_set(std::uint64_t id) const { return by_id_.find(id) != by_id_.end(); }

    /// The earliest moment; nothing while no timer runs.
    std::optional<steady_time> next() const;

    /// Takes the earliest timer whose time has come.
    std::optional<std::uint64_t> pop_due(steady_time now);

private:
    std::map<std::uint64_t, steady_time> by_id_;
    std::set<std::pair<steady_time, std::uint64_t>> by_time_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/support/impl/timers.ipp>
#endif
