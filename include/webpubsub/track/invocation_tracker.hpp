// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/timer_table.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a client asks the application behind the service, and waits for (subprotocols.md section 10).
struct tracked_invocation {
    std::string invocation_id;
    /// The caller's.
    std::uint64_t tag = 0;
    std::shared_ptr<const std::string> frame;
    /// When it is given up; nothing is never.
    std::optional<steady_time> deadline{};
    bool written = false;
};

/// Invocations from the call to the outcome. They belong to a transport: nothing of them survives it, and none is tried
/// again (subprotocols.md section 10).
class invocation_tracker {
public:
    struct limits {
        /// Invocations without an outcome.
        std::size_t pending = 100;
        /// Bytes of their frames.
        std::size_t bytes = 4 << 20;
    };

    explicit invocation_tracker(const limits& the_limits) : limits_(the_limits) {}

    /// Whether one more of `size` bytes is within the limits.
    [[nodiscard]] result<void> room_for(std::size_t size) const {
        if (pending_.size() >= limits_.pending) return errc::too_many_pending;
        if (bytes_ + size > limits_.bytes) return errc::queue_full;
        return {};
    }

    bool contains(std::string_view invocation_id) const { return numbers_.contains(invocation_id); }

    /// Its id is not one of those that are pending.
    void add(tracked_invocation invocation) {
        const auto number = ++last_number_;
        bytes_ += invocation.frame->size();
        numbers_.emplace(invocation.invocation_id, number);
        queued_.insert(number);
        if (invocation.deadline) timers_.set(number, *invocation.deadline);
        pending_.emplace(number, std::move(invocation));
    }

    bool has_next() const noexcept { return !queued_.empty(); }

    /// The next frame to write; there is one.
    std::shared_ptr<const std::string> take_next() {
        auto& invocation = pending_.at(*queued_.begin());
        queued_.erase(queued_.begin());
        invocation.written = true;
        return invocation.frame;
    }

    /// It has an outcome. Nothing if it is not pending: answered, cancelled or timed out before.
    std::optional<tracked_invocation> finish(std::string_view invocation_id) {
        const auto found = numbers_.find(invocation_id);
        if (found == numbers_.end()) return std::nullopt;
        return remove(found->second);
    }

    /// The next one whose time is up.
    std::optional<tracked_invocation> take_expired(steady_time now) {
        const auto number = timers_.pop_due(now);
        if (!number) return std::nullopt;
        return remove(*number);
    }

    std::optional<steady_time> deadline() const { return timers_.next(); }

    /// Ends everything, in the order of the calls.
    std::vector<tracked_invocation> give_up() {
        std::vector<tracked_invocation> ended;
        while (!pending_.empty()) ended.push_back(remove(pending_.begin()->first));
        return ended;
    }

    std::size_t size() const noexcept { return pending_.size(); }

private:
    tracked_invocation remove(std::uint64_t number) {
        const auto found = pending_.find(number);
        auto invocation = std::move(found->second);
        pending_.erase(found);
        numbers_.erase(invocation.invocation_id);
        queued_.erase(number);
        timers_.cancel(number);
        bytes_ -= invocation.frame->size();
        return invocation;
    }

    limits limits_;
    std::map<std::uint64_t, tracked_invocation> pending_;
    std::map<std::string, std::uint64_t, std::less<>> numbers_;
    std::set<std::uint64_t> queued_;
    timer_table<std::uint64_t> timers_;
    std::size_t bytes_ = 0;
    std::uint64_t last_number_ = 0;
};

} // namespace webpubsub
