// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/time.hpp>
#include <webpubsub/upstream/retries.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The life of one event on its way to a handler: its attempts, and the deadline that runs (upstream.md section 8). The
/// budget covers everything until a response begins; the body has a time of its own.
class event_delivery {
public:
    enum class stage : std::uint8_t {
        /// It is to be sent, for the first time or again.
        waiting,
        /// Its request is under way.
        sent,
        /// Its response has begun.
        reading,
        /// The next attempt waits for its time.
        pausing,
        over,
    };

    /// With no budget it never ends by itself.
    explicit event_delivery(std::optional<steady_time> budget) noexcept : budget_(budget), deadline_(budget) {}

    stage at() const noexcept { return stage_; }
    /// Whether it has been sent before.
    bool is_repetition() const noexcept { return is_repetition_; }
    std::optional<steady_time> poll_timeout() const noexcept { return deadline_; }

    void handle_sent() noexcept { enter(stage::sent, budget_); }
    /// The response has begun. Only the first time counts.
    void handle_head(steady_time now, const std::optional<duration>& body) noexcept {
        if (stage_ == stage::sent) enter(stage::reading, add_saturating(now, body));
    }
    /// The attempt has failed in a way that may pass. Either another one comes within the budget, or it is over.
    void handle_passing_failure(steady_time now, const std::vector<duration>& delays) noexcept {
        const auto delay = retries_.next(delays);
        const auto next = delay ? std::optional(add_saturating(now, *delay)) : std::nullopt;
        is_repetition_ = true;
        next && (!budget_ || *next < *budget_) ? enter(stage::pausing, next) : handle_end();
    }
    /// The response ends it, or nobody wants one any more.
    void handle_end() noexcept { enter(stage::over, std::nullopt); }
    /// If a deadline has passed, another attempt is due, or it is over.
    void handle_timeout(steady_time now) noexcept {
        if (!deadline_ || *deadline_ > now) return;
        stage_ == stage::pausing ? enter(stage::waiting, budget_) : handle_end();
    }

private:
    void enter(stage next, std::optional<steady_time> deadline) noexcept {
        stage_ = next;
        deadline_ = deadline;
    }

    stage stage_ = stage::waiting;
    bool is_repetition_ = false;
    retries retries_;
    std::optional<steady_time> budget_;
    std::optional<steady_time> deadline_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
