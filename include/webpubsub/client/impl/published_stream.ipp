// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/published_stream.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL published_stream::published_stream(detail::shared_bytes start, duration keep_alive_interval)
    : start_(std::move(start)), keep_alive_interval_(keep_alive_interval) {}

// --- from the application --------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL result<void> published_stream::check_room(std::size_t size,
                                                              const client_publisher_options& options) noexcept {
    if (size > options.max_bytes)
        return error::exceeds(errc::frame_too_large, "publisher.max_bytes", options.max_bytes, size);
    const auto fragments = fragments_.size() + 1;
    const auto bytes = fragments_.bytes() + size;
    if (fragments <= options.max_fragments && bytes <= options.max_bytes) return {};
    full_ = true;
    if (fragments > options.max_fragments) {
        return error::exceeds(errc::queue_full, "publisher.max_fragments", options.max_fragments, fragments);
    }
    return error::exceeds(errc::queue_full, "publisher.max_bytes", options.max_bytes, bytes);
}

WEBPUBSUB_COLD_DECL void published_stream::write(detail::shared_bytes fragment) { fragments_.add(std::move(fragment)); }

WEBPUBSUB_COLD_DECL void published_stream::end(detail::shared_bytes end_frame) {
    end_ = std::move(end_frame);
    end_step_ = end_step::due;
}

WEBPUBSUB_COLD_DECL void published_stream::abort(detail::shared_bytes end_frame) {
    if (is_closed() || has_written_end()) return;
    end_ = std::move(end_frame);
    if (end_step_ == end_step::none) end_step_ = end_step::due;
    aborted_ = true;
    full_ = false;
    hold_until_.reset();
    fragments_.drop();
    // What the service has never heard of needs no end.
    if (phase_ == phase::starting && questions_ == 0) phase_ = phase::closed;
}

WEBPUBSUB_COLD_DECL void published_stream::give_up(detail::shared_bytes end_frame) {
    fragments_.drop();
    questions_ = 0;
    hold_until_.reset();
    phase_ = phase::open;
    if (has_written_end()) return;
    end_ = std::move(end_frame);
    end_step_ = end_step::due;
}

// --- to the service --------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL published_stream::writing published_stream::next() const noexcept {
    if (phase_ == phase::starting) return aborted_ ? writing::nothing : writing::start;
    if (phase_ == phase::started || phase_ == phase::closed || has_written_end()) return writing::nothing;
    if (phase_ != phase::asked) {
        if (fragments_.has_next() && !hold_until_) return writing::fragment;
        if (is_ended() && fragments_.empty()) return writing::end;
    }
    return keep_alive_due_ ? writing::keep_alive : writing::nothing;
}

WEBPUBSUB_COLD_DECL detail::shared_bytes published_stream::begin_write(steady_time now) {
    const auto what = next();
    last_written_ = now;
    keep_alive_due_ = false;
    if (what != writing::keep_alive) unanswered_ = true;
    if (what == writing::start) {
        phase_ = phase::started;
        return start_;
    }
    if (is_start_in_doubt()) ++questions_;
    if (what == writing::keep_alive) return {};
    if (phase_ == phase::uncertain) phase_ = phase::asked;
    if (what == writing::fragment) return fragments_.write_next();
    end_step_ = end_step_ == end_step::due ? end_step::written : end_step::repeated;
    return end_;
}

// --- from the service ------------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL published_stream::change published_stream::handle_ack(std::uint64_t expected,
                                                                          const client_publisher_options& options) {
    handle_answer();
    change result;
    if (is_closed()) return result;
    if (phase_ == phase::starting || !fragments_.were_written_below(expected)) {
        result.violation = true;
        return result;
    }
    if (fragments_.accept_below(expected)) rewinds_ = 0;
    result.opened = accept_start();
    result.writable = take_writable(options);
    return result;
}

WEBPUBSUB_COLD_DECL published_stream::change published_stream::handle_nack(steady_time now, std::uint64_t expected,
                                                                           const client_publisher_options& options,
                                                                           detail::jitter_source& jitter) {
    handle_answer();
    change result;
    const bool may_refuse = phase_ == phase::open || is_start_in_doubt();
    if (!may_refuse || aborted_ || has_written_end()) return result;
    if (expected < fragments_.first() || !fragments_.were_written_below(expected)) {
        result.violation = true;
        return result;
    }
    if (fragments_.accept_below(expected)) rewinds_ = 0;
    fragments_.rewind(expected);
    if (!hold_until_) {
        hold_until_ = add_saturating(now, detail::backoff_delay(options.rewind_delays, ++rewinds_, jitter));
    }
    result.opened = accept_start();
    result.writable = take_writable(options);
    return result;
}

WEBPUBSUB_COLD_DECL published_stream::change published_stream::handle_closed(bool not_found) {
    handle_answer();
    if (is_closed()) return {};
    if (!not_found) return close(false);
    const bool is_new = phase_ == phase::starting || phase_ == phase::started;
    if (is_new && questions_ != 0) {
        // The answer to another question, from before the start that is under way.
        --questions_;
        return aborted_ && phase_ == phase::starting && questions_ == 0 ? close(true) : change{};
    }
    if (is_start_in_doubt() && (aborted_ || !was_end_lost())) return restart();
    return close(phase_ == phase::open && was_end_lost());
}

WEBPUBSUB_COLD_DECL published_stream::change published_stream::close(bool as_expected) noexcept {
    phase_ = phase::closed;
    change result;
    result.closed = true;
    result.unknown_as_expected = as_expected;
    return result;
}

/// The start was lost. Of a stream that is aborted nobody has seen anything, so that is its end.
WEBPUBSUB_COLD_DECL published_stream::change published_stream::restart() {
    if (questions_ != 0) --questions_;
    phase_ = phase::starting;
    if (aborted_) return questions_ == 0 ? close(true) : change{};
    fragments_.restart();
    if (end_step_ == end_step::written) end_step_ = end_step::due;
    keep_alive_due_ = false;
    hold_until_.reset();
    return {};
}

WEBPUBSUB_COLD_DECL void published_stream::handle_answer() noexcept {
    unanswered_ = false;
    losses_ = 0;
}

/// The stream is there. True if that was not known.
WEBPUBSUB_COLD_DECL bool published_stream::accept_start() noexcept {
    questions_ = 0;
    if (phase_ == phase::open) return false;
    phase_ = phase::open;
    return true;
}

WEBPUBSUB_COLD_DECL bool published_stream::take_writable(const client_publisher_options& options) noexcept {
    if (!full_ || fragments_.size() > options.max_fragments / 2 || fragments_.bytes() > options.max_bytes / 2) {
        return false;
    }
    full_ = false;
    return !is_ended();
}

// --- the transport and time ------------------------------------------------------------------------------------------

WEBPUBSUB_COLD_DECL bool published_stream::resume() {
    if (std::exchange(unanswered_, false)) ++losses_;
    questions_ = 0;
    hold_until_.reset();
    keep_alive_due_ = false;
    if (is_closed()) return true;
    if (phase_ == phase::starting) {
        if (aborted_) phase_ = phase::closed;
        return is_closed();
    }
    if (phase_ != phase::open) phase_ = phase::uncertain;
    if (has_written_end()) end_step_ = end_step::repetition_due;
    fragments_.rewind(fragments_.first());
    keep_alive_due_ = fragments_.empty() && !is_ended();
    return false;
}

WEBPUBSUB_COLD_DECL std::optional<steady_time> published_stream::deadline() const noexcept {
    const bool can_idle = phase_ == phase::open || is_start_in_doubt();
    if (!can_idle || has_written_end()) return std::nullopt;
    if (keep_alive_due_) return hold_until_;
    const auto keep_alive = add_saturating(last_written_, keep_alive_interval_);
    return hold_until_ && *hold_until_ < keep_alive ? *hold_until_ : keep_alive;
}

WEBPUBSUB_COLD_DECL void published_stream::handle_timeout(steady_time now) noexcept {
    const auto due = deadline();
    if (!due || now < *due) return;
    if (hold_until_ && now >= *hold_until_) hold_until_.reset();
    if (now >= add_saturating(last_written_, keep_alive_interval_)) keep_alive_due_ = true;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
