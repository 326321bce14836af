// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/track/backoff.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The publisher's end of one group stream (subprotocols.md section 9): numbers the fragments, keeps them until they
/// are acknowledged, goes back when the service asks for it, and keeps an idle stream open.
///
/// Nothing but the start is sent before the service has accepted it, and the end only when every fragment is
/// acknowledged: one that was refused after the end would be lost. When a transport is lost before the start was
/// accepted, nobody can tell whether the stream is there; what is to be sent next asks, and the start is sent again
/// only if the answer is no, because of a stream that is there a second start would be refused.
class outbound_stream {
public:
    struct limits {
        /// Fragments that are not acknowledged, sent or not.
        std::size_t fragments = 256;
        /// Bytes of their frames.
        std::size_t bytes = 1 << 20;
        /// Bytes of one frame.
        std::size_t frame = 1 << 20;
        /// The pause before refused fragments are sent again. It gathers the refusals of all that were on their way,
        /// and grows while none is accepted.
        backoff_options rewind{std::chrono::milliseconds(100), std::chrono::seconds(5), 0.5};
    };

    using frame = std::shared_ptr<const std::string>;

    /// What an answer of the service has changed.
    enum class change : std::uint8_t {
        nothing,
        /// The service has accepted the start. There may be room for fragments as well.
        opened,
        /// There was no room for a fragment, and now there is.
        writable,
        /// The stream is over.
        closed,
        /// The service acknowledged or asked for what was never sent.
        violation,
    };

    outbound_stream(const codec& form, const start_stream_message& start, const limits& the_limits)
        : form_(form),
          limits_(the_limits),
          id_(start.stream.stream_id),
          start_(encode(start)),
          keep_alive_interval_(std::chrono::milliseconds(start.stream.idle_timeout_ms.value_or(default_idle_timeout)) /
                               3) {}

    bool is_closed() const noexcept { return phase_ == phase::closed; }
    bool is_aborted() const noexcept { return aborted_; }

    // From the application.

    /// Takes the next fragment and returns its number. `errc::stream_ended` after `end` and `abort`; `errc::queue_full`
    /// until `change::writable`.
    [[nodiscard]] result<std::uint64_t> write(payload data) {
        if (end_) return errc::stream_ended;
        auto fragment = encode(stream_data_message{id_, next_, std::move(data)});
        if (fragment->size() > limits_.frame) return errc::frame_too_large;
        if (fragments_.size() >= limits_.fragments || bytes_ + fragment->size() > limits_.bytes) {
            full_ = true;
            return errc::queue_full;
        }
        bytes_ += fragment->size();
        fragments_.push_back(std::move(fragment));
        return next_++;
    }

    /// Ends the stream once all its data is acknowledged.
    [[nodiscard]] result<void> end(std::optional<stream_abort> error = {}) {
        if (end_) return errc::stream_ended;
        end_ = encode(end_stream_message{id_, std::move(error)});
        return {};
    }

    /// Ends the stream without the data that is not acknowledged yet.
    void abort(stream_abort error) {
        if (phase_ == phase::ending || phase_ == phase::closed) return;
        // The service has never heard of it.
        if (phase_ == phase::opening && start_due_ && !probing_) phase_ = phase::closed;
        forget_below(next_);
        aborted_ = true;
        end_ = encode(end_stream_message{id_, std::move(error)});
    }

    // To the service.

    /// Whether `take_next` has a frame.
    bool has_next() const noexcept {
        if (paused_ || is_closed()) return false;
        return start_due_ || keep_alive_due_ || may_send_fragment() || may_send_end();
    }

    /// The next frame to write; there is one. `written` tells when it is.
    frame take_next() {
        if (std::exchange(start_due_, false)) return start_;
        if (may_send_fragment()) {
            const auto& fragment = fragments_[static_cast<std::size_t>(to_send_ - first_)];
            sent_ = std::max(sent_, ++to_send_);
            keep_alive_due_ = false;
            return fragment;
        }
        if (may_send_end()) {
            phase_ = phase::ending;
            keep_alive_due_ = false;
            return end_;
        }
        keep_alive_due_ = false;
        return encode(stream_keep_alive_message{id_});
    }

    void written(steady_time now) noexcept { last_written_ = now; }

    // From the service.

    change acknowledge(std::uint64_t expected) {
        if (is_closed()) return change::nothing;
        if (expected > sent_) return change::violation;
        forget_below(expected);
        if (accept()) return change::opened;
        const bool half_empty = fragments_.size() <= limits_.fragments / 2 && bytes_ <= limits_.bytes / 2;
        return half_empty && std::exchange(full_, false) ? change::writable : change::nothing;
    }

    /// The service wants the fragments from `expected` on once more.
    change rewind(steady_time now, std::uint64_t expected, jitter_source& chance) {
        if (!may_send() || aborted_) return change::nothing;
        if (expected < first_ || expected > sent_) return change::violation;
        forget_below(expected);
        to_send_ = std::min(to_send_, expected);
        if (!hold_until_) hold_until_ = now + backoff_delay(limits_.rewind, ++repetitions_, chance);
        return accept() ? change::opened : change::nothing;
    }

    /// The service has closed the stream. `error` is cleared if that is what was asked for, with the answer lost.
    change close(std::optional<service_error>& error) {
        const bool unknown = error && error->name == error_names::stream_not_found;
        if (unknown && probing_ && !end_repeated_) {
            // The start was lost with an earlier transport.
            probing_ = false;
            start_due_ = true;
            phase_ = phase::opening;
            to_send_ = first_;
            return change::nothing;
        }
        if (unknown && end_repeated_ && !probing_) error.reset();
        phase_ = phase::closed;
        return change::closed;
    }

    // The transport.

    void pause() noexcept { paused_ = true; }

    /// The connection goes on: what is not acknowledged is sent again, in order. A keep-alive asks whether the stream
    /// is still there, or ever was; of one that is not the service says so.
    void resume() noexcept {
        paused_ = false;
        hold_until_.reset();
        if (is_closed() || (phase_ == phase::opening && start_due_)) return;
        to_send_ = first_;
        keep_alive_due_ = fragments_.empty() && !end_;
        if (phase_ == phase::opening) probing_ = true;
        if (phase_ == phase::ending) {
            phase_ = phase::open;
            end_repeated_ = true;
        }
    }

    // Time.

    std::optional<steady_time> deadline() const noexcept {
        if (paused_ || !may_send()) return std::nullopt;
        if (keep_alive_due_) return hold_until_;
        const auto keep_alive = last_written_ + keep_alive_interval_;
        return hold_until_ ? std::min(*hold_until_, keep_alive) : keep_alive;
    }

    void handle_timeout(steady_time now) noexcept {
        const auto due = deadline();
        if (!due || now < *due) return;
        if (hold_until_ && now >= *hold_until_) hold_until_.reset();
        if (now >= last_written_ + keep_alive_interval_) keep_alive_due_ = true;
    }

private:
    enum class phase : std::uint8_t {
        /// The service has not accepted the start yet.
        opening,
        open,
        /// The end is sent.
        ending,
        closed,
    };

    /// In milliseconds (subprotocols.md section 9).
    static constexpr std::uint32_t default_idle_timeout = 300'000;

    frame encode(client_message message) const {
        std::string bytes;
        form_.encode(message, bytes);
        return std::make_shared<const std::string>(std::move(bytes));
    }

    bool may_send() const noexcept { return phase_ == phase::open || (phase_ == phase::opening && probing_); }
    bool may_send_fragment() const noexcept { return may_send() && to_send_ != next_ && !hold_until_; }
    bool may_send_end() const noexcept { return may_send() && end_ && fragments_.empty(); }

    /// The stream is there. True if that was not known.
    bool accept() noexcept {
        probing_ = false;
        if (phase_ != phase::opening) return false;
        phase_ = phase::open;
        full_ = false;
        return true;
    }

    void forget_below(std::uint64_t expected) {
        for (; first_ < expected && !fragments_.empty(); ++first_) {
            bytes_ -= fragments_.front()->size();
            fragments_.pop_front();
            repetitions_ = 0;
        }
        to_send_ = std::max(to_send_, first_);
    }

    codec form_;
    limits limits_;
    std::string id_;
    frame start_;
    duration keep_alive_interval_;

    phase phase_ = phase::opening;
    /// Null until the end is asked for.
    frame end_;
    /// What is not acknowledged: `first_` up to `next_`. The next one to send is `to_send_`; none from `sent_` on was.
    std::deque<frame> fragments_;
    std::uint64_t first_ = 1;
    std::uint64_t to_send_ = 1;
    std::uint64_t sent_ = 1;
    std::uint64_t next_ = 1;
    std::size_t bytes_ = 0;

    bool start_due_ = true;
    bool keep_alive_due_ = false;
    bool paused_ = false;
    bool full_ = false;
    bool aborted_ = false;
    /// The start was written to an earlier transport, and the service has not said whether it came.
    bool probing_ = false;
    /// The end was written to an earlier transport.
    bool end_repeated_ = false;
    unsigned repetitions_ = 0;
    std::optional<steady_time> hold_until_;
    steady_time last_written_{};
};

} // namespace webpubsub
