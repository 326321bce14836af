// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/support/number_queue.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/upstream/call_failure.hpp>
#include <webpubsub/upstream/handler_validation.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The validations of all handlers of a hub, by their index, with their timers and the requests that they want.
class handler_validations {
public:
    using state = handler_validation::state;

    handler_validations(std::size_t handlers, std::string origin, validation_times times)
        : origin_(std::move(origin)), times_(std::move(times)), handlers_(handlers) {}

    /// What is known of a handler to which there is an event to send. If that is nothing, it is asked now.
    state want(steady_time now, std::size_t handler) {
        if (handlers_[handler].at(now) == state::unknown) {
            handlers_[handler].begin();
            ready_.push(handler);
        }
        return handlers_[handler].at(now);
    }

    /// A handler whose request is to be sent now.
    std::optional<std::size_t> poll_ready(steady_time now) {
        if (ready_.empty()) return std::nullopt;
        const auto handler = static_cast<std::size_t>(ready_.pop());
        handlers_[handler].handle_sent(now, times_);
        timers_.set(handler, handlers_[handler].poll_timeout());
        return handler;
    }
    http_method method_of(std::size_t handler) const noexcept { return handlers_[handler].method(); }

    // Each returns what is known of the handler now.
    state handle_response(steady_time now, std::size_t handler, const http_response& response) {
        handlers_[handler].handle_response(now, response, origin_, times_);
        return update(now, handler);
    }
    state handle_failure(steady_time now, std::size_t handler, call_failure why) {
        handlers_[handler].handle_failure(now, why, times_);
        return update(now, handler);
    }
    state handle_timeout(steady_time now, std::size_t handler) {
        handlers_[handler].handle_timeout(now, times_);
        return update(now, handler);
    }

    /// A handler whose deadline has passed, for `handle_timeout`.
    std::optional<std::size_t> pop_due(steady_time now) {
        const auto due = timers_.pop_due(now);
        return due ? std::optional(static_cast<std::size_t>(*due)) : std::nullopt;
    }
    std::optional<steady_time> poll_timeout() const { return timers_.next(); }

    /// How many have failed.
    std::uint64_t failures() const noexcept { return failures_; }

private:
    state update(steady_time now, std::size_t handler) {
        const auto& validation = handlers_[handler];
        const auto known = validation.at(now);
        timers_.set(handler, validation.poll_timeout());
        if (known == state::ready) ready_.push(handler);
        if (known == state::invalid) ++failures_;
        return known;
    }

    std::string origin_;
    validation_times times_;
    std::vector<handler_validation> handlers_;
    number_queue ready_;
    timer_table timers_;
    std::uint64_t failures_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
