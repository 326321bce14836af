// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// All the timers of one state machine, at most one for each `Id`, behind the single deadline that its user arms.
/// `Id` is ordered; among timers due at the same time the lesser comes first. Each operation is logarithmic.
template <class Id>
class timer_table {
public:
    /// Starts the timer, or moves it.
    void set(const Id& id, steady_time when) {
        const auto [timer, added] = by_id_.try_emplace(id, when);
        if (!added) {
            if (timer->second == when) return;
            by_time_.erase({timer->second, id});
            timer->second = when;
        }
        by_time_.emplace(when, id);
    }

    /// Without a time the timer is stopped.
    void set(const Id& id, std::optional<steady_time> when) {
        if (when) {
            set(id, *when);
        } else {
            cancel(id);
        }
    }

    void cancel(const Id& id) {
        const auto found = by_id_.find(id);
        if (found == by_id_.end()) return;
        by_time_.erase({found->second, id});
        by_id_.erase(found);
    }

    void cancel_all() noexcept {
        by_id_.clear();
        by_time_.clear();
    }

    bool is_set(const Id& id) const { return by_id_.contains(id); }

    /// When to call again; nothing while no timer runs.
    std::optional<steady_time> next() const {
        if (by_time_.empty()) return std::nullopt;
        return by_time_.begin()->first;
    }

    /// Takes the earliest timer whose time has come.
    std::optional<Id> pop_due(steady_time now) {
        if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;
        const Id id = by_time_.begin()->second;
        cancel(id);
        return id;
    }

private:
    std::map<Id, steady_time> by_id_;
    std::set<std::pair<steady_time, Id>> by_time_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
