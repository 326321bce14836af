// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>
#include <webpubsub/service/detail/calls_under_way.hpp>
#include <webpubsub/service/detail/event_delivery.hpp>
#include <webpubsub/service/detail/handler_validations.hpp>
#include <webpubsub/service/event_sender_options.hpp>
#include <webpubsub/service/upstream_call.hpp>
#include <webpubsub/support/number_index.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/support/record_table.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/upstream/call_failure.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// What a delivery has come to.
struct delivery_outcome {
    std::uint64_t key = 0;
    /// The last one; without a status there is none.
    http_response response;
};

/// A request that is to be made now: an event's, or of a validation.
struct due_request {
    call_id id{};
    std::size_t handler = 0;
    /// The delivery; 0 for a validation, which has the method.
    std::uint64_t key = 0;
    http_method method = http_method::post;
    bool is_repetition = false;
};

/// Decides when which event is sent to its handler, by keys that the caller gives: the handler is validated first, the
/// events of one lane (a connection) begin in their order, what failed and may pass is sent again, and only so many
/// requests of one handler are under way, so that a handler that hangs holds up nothing but its own events. It knows
/// nothing of what the events say.
class deliveries {
public:
    explicit deliveries(const event_sender_options& options);

    /// An event that is to be sent behind the others of its lane. Its key is greater than all before.
    void add(steady_time now, std::uint64_t key, std::uint64_t lane, std::size_t handler);
    /// Nobody wants it any more. It comes to nothing, unless it had failed already and its outcome was not polled.
    void remove(steady_time now, std::uint64_t key);

    /// The delivery that a call is for: 0 for a validation and for an unknown call.
    std::uint64_t find(call_id id) const noexcept {
        const auto purpose = calls_.find(id);
        return purpose && !purpose->is_validation ? purpose->number : 0;
    }

    // False for a call that is unknown.
    bool handle_head(steady_time now, call_id id);
    bool handle_response(steady_time now, call_id id, http_response&& response);
    bool handle_failure(steady_time now, call_id id, call_failure why);
    void handle_timeout(steady_time now);

    std::optional<due_request> poll_due(steady_time now);
    std::optional<call_id> poll_cancel() { return calls_.poll_cancel(); }
    polled<delivery_outcome> poll_outcome() { return outcomes_.poll(); }
    std::optional<steady_time> poll_timeout() const { return earlier(timers_.next(), validations_.poll_timeout()); }

    std::uint64_t failed_validations() const noexcept { return validations_.failures(); }

private:
    struct entry {
        std::uint64_t lane;
        std::size_t handler;
        event_delivery life;
        call_id call{};
        /// Its place in `ready_` or `parked_`; 0 for none.
        std::uint64_t ticket = 0;
        /// It is one of those that its handler may have under way.
        bool is_counted = false;
    };
    void advance(steady_time now, std::uint64_t lane);
    void unpark(steady_time now, std::size_t handler);
    void park(std::uint64_t key, entry& of);
    void make_ready(std::uint64_t key, entry& of);
    void stop_counting(entry& of) noexcept;
    void forget(std::uint64_t key, entry& of);
    void update(steady_time now, std::uint64_t key, entry& of, http_response&& response);

    event_sender_times times_;
    std::size_t max_calls_;
    handler_validations validations_;
    /// By handler the calls of their validations.
    std::vector<call_id> validation_calls_;
    record_table<entry> entries_;
    /// By handler how many events are under way.
    std::vector<std::size_t> counts_;
    /// By lane and key what has not begun: it waits for its handler, or for an event before it.
    number_index lanes_;
    /// By handler and ticket what waits for its handler, to be valid or to have fewer events under way: the first of a
    /// lane, or what is to be sent again.
    number_index parked_;
    /// By ticket what can be sent.
    number_index ready_;
    std::uint64_t last_ticket_ = 0;
    calls_under_way calls_;
    timer_table timers_;
    queue<delivery_outcome> outcomes_;
};

WEBPUBSUB_COLD_INLINE deliveries::deliveries(const event_sender_options& options)
    : times_(options.times),
      max_calls_(options.limits.max_calls),
      validations_(options.handlers.size(), options.origin,
                   {times_.validation, times_.retry_delays, times_.validation_pause, times_.max_validation_pause}),
      validation_calls_(options.handlers.size()),
      counts_(options.handlers.size()) {}

WEBPUBSUB_COLD_INLINE void deliveries::add(steady_time now, std::uint64_t key, std::uint64_t lane,
                                           std::size_t handler) {
    const auto budget = add_saturating(now, times_.event);
    entries_.add(key, entry{lane, handler, event_delivery(budget)});
    timers_.set(key, budget);
    lanes_.set({lane, key});
    advance(now, lane);
}

/// Takes the events at the front of a lane out of it, until one has to wait for its handler.
WEBPUBSUB_COLD_INLINE void deliveries::advance(steady_time now, std::uint64_t lane) {
    number_index::entry front;
    while (lanes_.find_from({lane, 0}, front) && front.key.first == lane) {
        const auto key = front.key.second;
        auto& next = *entries_.find(key);
        const auto known = validations_.want(now, next.handler);
        if (known == handler_validations::state::invalid) {
            forget(key, next);
            outcomes_.push(new delivery_outcome{key, {}});
            continue;
        }
        if (known != handler_validations::state::valid || counts_[next.handler] >= max_calls_) return park(key, next);
        lanes_.erase(front.key);
        make_ready(key, next);
    }
}

/// Lets those go on that wait for a handler, as far as it can be told whether it is valid, and has few enough.
WEBPUBSUB_COLD_INLINE void deliveries::unpark(steady_time now, std::size_t handler) {
    number_index::entry parked;
    while (parked_.find_from({handler, 0}, parked) && parked.key.first == handler) {
        const auto known = validations_.want(now, handler);
        const bool can_begin = known == handler_validations::state::valid && counts_[handler] < max_calls_;
        if (!can_begin && known != handler_validations::state::invalid) return;
        parked_.erase(parked.key);
        auto& of = *entries_.find(parked.value);
        of.ticket = 0;
        lanes_.contains({of.lane, parked.value}) ? advance(now, of.lane) : make_ready(parked.value, of);
    }
}

WEBPUBSUB_COLD_INLINE void deliveries::park(std::uint64_t key, entry& of) {
    if (of.ticket != 0) return;
    of.ticket = ++last_ticket_;
    parked_.set({of.handler, of.ticket}, key);
}

WEBPUBSUB_COLD_INLINE void deliveries::make_ready(std::uint64_t key, entry& of) {
    if (counts_[of.handler] >= max_calls_) return park(key, of);
    parked_.erase({of.handler, of.ticket});
    ++counts_[of.handler];
    of.is_counted = true;
    of.ticket = ++last_ticket_;
    ready_.set({of.ticket, 0}, key);
}

WEBPUBSUB_COLD_INLINE void deliveries::stop_counting(entry& of) noexcept {
    if (of.is_counted) --counts_[of.handler];
    of.is_counted = false;
}

WEBPUBSUB_COLD_INLINE void deliveries::forget(std::uint64_t key, entry& of) {
    stop_counting(of);
    calls_.cancel(of.call);
    timers_.cancel(key);
    ready_.erase({of.ticket, 0});
    parked_.erase({of.handler, of.ticket});
    lanes_.erase({of.lane, key});
    entries_.erase(key);
}

WEBPUBSUB_COLD_INLINE void deliveries::remove(steady_time now, std::uint64_t key) {
    auto* const removed = entries_.find(key);
    if (removed == nullptr) return;
    const auto [lane, handler] = std::pair(removed->lane, removed->handler);
    forget(key, *removed);
    unpark(now, handler);
    advance(now, lane);
}

WEBPUBSUB_COLD_INLINE bool deliveries::handle_head(steady_time now, call_id id) {
    const auto key = find(id);
    if (key == 0) return calls_.find(id).has_value();
    auto& of = *entries_.find(key);
    of.life.handle_head(now, times_.body);
    timers_.set(key, of.life.poll_timeout());
    return true;
}

WEBPUBSUB_COLD_INLINE bool deliveries::handle_response(steady_time now, call_id id, http_response&& response) {
    const auto purpose = calls_.find(id);
    if (!purpose) return false;
    calls_.end(id);
    if (purpose->is_validation) {
        const auto handler = static_cast<std::size_t>(purpose->number);
        validations_.handle_response(now, handler, response);
        unpark(now, handler);
        return true;
    }
    auto& of = *entries_.find(purpose->number);
    may_pass(response.status) ? of.life.handle_passing_failure(now, times_.retry_delays) : of.life.handle_end();
    update(now, purpose->number, of, std::move(response));
    return true;
}

WEBPUBSUB_COLD_INLINE bool deliveries::handle_failure(steady_time now, call_id id, call_failure why) {
    const auto purpose = calls_.find(id);
    if (!purpose) return false;
    calls_.end(id);
    if (purpose->is_validation) {
        const auto handler = static_cast<std::size_t>(purpose->number);
        validations_.handle_failure(now, handler, why);
        unpark(now, handler);
        return true;
    }
    auto& of = *entries_.find(purpose->number);
    // When a response has begun, the handler has done its work, and another attempt would do it twice.
    const bool passes = why == call_failure::network && of.life.at() == event_delivery::stage::sent;
    passes ? of.life.handle_passing_failure(now, times_.retry_delays) : of.life.handle_end();
    update(now, purpose->number, of, {});
    return true;
}

WEBPUBSUB_COLD_INLINE void deliveries::handle_timeout(steady_time now) {
    while (const auto handler = validations_.pop_due(now)) {
        calls_.cancel(validation_calls_[*handler]);
        validations_.handle_timeout(now, *handler);
        unpark(now, *handler);
    }
    while (const auto key = timers_.pop_due(now)) {
        auto& of = *entries_.find(*key);
        of.life.handle_timeout(now);
        update(now, *key, of, {});
    }
}

/// What follows for an event, and for those that wait for its handler, from what has happened to it.
WEBPUBSUB_COLD_INLINE void deliveries::update(steady_time now, std::uint64_t key, entry& of, http_response&& response) {
    timers_.set(key, of.life.poll_timeout());
    const auto [lane, handler] = std::pair(of.lane, of.handler);
    stop_counting(of);
    if (of.life.at() == event_delivery::stage::waiting) make_ready(key, of);
    const bool is_over = of.life.at() == event_delivery::stage::over;
    if (is_over) {
        forget(key, of);
        outcomes_.push(new delivery_outcome{key, std::move(response)});
    }
    // Those that wait for the handler have waited longer than what is behind this one.
    unpark(now, handler);
    if (is_over) advance(now, lane);
}

WEBPUBSUB_COLD_INLINE std::optional<due_request> deliveries::poll_due(steady_time now) {
    if (const auto handler = validations_.poll_ready(now)) {
        validation_calls_[*handler] = calls_.begin({true, *handler});
        return due_request{validation_calls_[*handler], *handler, 0, validations_.method_of(*handler), false};
    }
    number_index::entry next;
    if (!ready_.first(next)) return std::nullopt;
    const auto key = next.value;
    ready_.erase(next.key);
    auto& of = *entries_.find(key);
    of.ticket = 0;
    of.life.handle_sent();
    of.call = calls_.begin({false, key});
    return due_request{of.call, of.handler, key, http_method::post, of.life.is_repetition()};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
