// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/upstream/call_failure.hpp>
#include <webpubsub/upstream/read_answer.hpp>
#include <webpubsub/upstream/retries.hpp>
#include <webpubsub/upstream/validation.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How the validation of a handler is tried.
struct validation_times {
    /// For each request.
    std::optional<duration> request;
    std::vector<duration> retry_delays;
    /// How long a handler counts as invalid, at first and at most.
    duration pause;
    duration max_pause;
};

/// Whether one handler may be sent events, and the requests that find it out (upstream.md section 2): OPTIONS, then GET
/// if that answers 404; each of them is repeated like an event. What was found good stays so; what was not is tried
/// again when the handler is wanted after a pause.
class handler_validation {
public:
    enum class state : std::uint8_t {
        /// Nothing is known: `begin` is to be called.
        unknown,
        /// A request is to be made: `handle_sent` is to be called.
        ready,
        /// It is under way.
        asking,
        /// The next attempt waits for its time.
        waiting,
        valid,
        /// Until the pause is over.
        invalid,
    };

    state at(steady_time now) const noexcept {
        return state_ == state::invalid && until_ && *until_ <= now ? state::unknown : state_;
    }
    /// The method of the request that is to be made or under way.
    http_method method() const noexcept { return method_; }

    void begin() noexcept {
        method_ = http_method::options;
        retries_ = {};
        enter(state::ready, std::nullopt);
    }
    void handle_sent(steady_time now, const validation_times& times) noexcept {
        enter(state::asking, add_saturating(now, times.request));
    }
    void handle_response(steady_time now, const http_response& response, std::string_view origin,
                         const validation_times& times);
    void handle_failure(steady_time now, call_failure why, const validation_times& times) {
        why == call_failure::network ? try_again(now, times) : fail(now, times);
    }
    /// A deadline has passed, of the request or of the delay before the next one.
    void handle_timeout(steady_time now, const validation_times& times);

    /// The pause of an invalid handler needs no call.
    std::optional<steady_time> poll_timeout() const noexcept {
        return state_ == state::asking || state_ == state::waiting ? until_ : std::nullopt;
    }

private:
    void enter(state next, std::optional<steady_time> until) noexcept {
        state_ = next;
        until_ = until;
    }
    void try_again(steady_time now, const validation_times& times);
    void fail(steady_time now, const validation_times& times);

    state state_ = state::unknown;
    http_method method_ = http_method::options;
    retries retries_;
    std::optional<steady_time> until_;
    /// The next pause; zero before the first.
    duration pause_ = duration::zero();
};

WEBPUBSUB_COLD_INLINE void handler_validation::handle_response(steady_time now, const http_response& response,
                                                               std::string_view origin, const validation_times& times) {
    if (is_success(response.status)) {
        allows_origin(response, origin) ? enter(state::valid, std::nullopt) : fail(now, times);
    } else if (may_pass(response.status)) {
        try_again(now, times);
    } else if (response.status == 404 && method_ == http_method::options) {
        begin();
        method_ = http_method::get;
    } else {
        fail(now, times);
    }
}

WEBPUBSUB_COLD_INLINE void handler_validation::handle_timeout(steady_time now, const validation_times& times) {
    if (!poll_timeout() || *until_ > now) return;
    // A request that was not answered in time is not repeated.
    state_ == state::waiting ? enter(state::ready, std::nullopt) : fail(now, times);
}

WEBPUBSUB_COLD_INLINE void handler_validation::try_again(steady_time now, const validation_times& times) {
    const auto delay = retries_.next(times.retry_delays);
    delay ? enter(state::waiting, add_saturating(now, *delay)) : fail(now, times);
}

WEBPUBSUB_COLD_INLINE void handler_validation::fail(steady_time now, const validation_times& times) {
    pause_ = pause_ == duration::zero() ? times.pause : pause_ > times.max_pause / 2 ? times.max_pause : pause_ * 2;
    enter(state::invalid, add_saturating(now, pause_));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
