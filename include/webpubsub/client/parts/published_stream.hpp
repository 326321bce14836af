// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/unaccepted_fragments.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/backoff.hpp>
#include <webpubsub/support/shared_bytes.hpp>
#include <webpubsub/time.hpp>

#include <cstdint>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The publisher's end of one group stream (subprotocols.md section 9): it keeps the fragments until they are accepted,
/// goes back when the service asks for it, and keeps an idle stream open.
///
/// Nothing but the start is written before the service has accepted it, and the end only when every fragment is
/// accepted: one that was refused after the end would be lost.
///
/// When a transport is lost before the start was accepted, nobody can tell whether the service has the stream, and a
/// second start of one that it has would be refused. So after the recovery one frame asks: the first fragment, the end,
/// or a keep-alive if there is neither. `StreamNotFound` means that the start was lost: it and everything behind it are
/// written once more. The service does not answer a keep-alive of a stream that it has, so a fragment that is written
/// later asks again; each question that was asked gets its `StreamNotFound`, and only the first of them restarts.
///
///     starting ─ written ─► started ─ accepted ─► open ─ closed by the service ─► closed
///        ▲                     │ transport lost    ▲
///        └─ not found ─── uncertain ─ asks ─► asked ─ answered
class published_stream {
public:
    enum class writing : std::uint8_t { nothing, start, fragment, end, keep_alive };

    /// What an answer of the service has changed.
    struct change {
        /// The service has accepted the start.
        bool opened = false;
        /// A fragment was refused for want of room, and now there is room.
        bool writable = false;
        /// The stream is over.
        bool closed = false;
        /// It is over as the application asked, although the service does not know it (any more).
        bool unknown_as_expected = false;
        /// The service acknowledged or asked for what was never sent.
        bool violation = false;
    };

    /// `start` is its first frame.
    published_stream(detail::shared_bytes start, duration keep_alive_interval);

    bool is_closed() const noexcept { return phase_ == phase::closed; }
    bool is_aborted() const noexcept { return aborted_; }
    bool is_ended() const noexcept { return end_step_ != end_step::none; }
    /// The end is written, on this transport.
    bool has_written_end() const noexcept { return end_step_ == end_step::written || end_step_ == end_step::repeated; }
    /// The service can't have heard of it.
    bool is_unknown() const noexcept { return phase_ == phase::starting; }
    std::uint64_t next_number() const noexcept { return fragments_.end(); }

    // From the application.

    /// Whether there is room for one more fragment of so many bytes: `errc::queue_full` until `change::writable`, or
    /// `errc::frame_too_large` if there never will be.
    result<void> check_room(std::size_t size, const client_publisher_options& options) noexcept;
    /// Takes the next fragment, for which there is room; the stream has not ended.
    void write(detail::shared_bytes fragment);
    /// Ends the stream once all its data is accepted. It has not ended before.
    void end(detail::shared_bytes end_frame);
    /// Ends the stream without the data that is not accepted yet. Without effect once its end is written.
    void abort(detail::shared_bytes end_frame);
    /// The service has violated the protocol in this stream: nothing but this end is written any more, if an end was
    /// not already.
    void give_up(detail::shared_bytes end_frame);

    // To the service.

    writing next() const noexcept;
    /// The frame that `next` tells; it is not `nothing`. A keep-alive is left to the caller.
    detail::shared_bytes begin_write(steady_time now);

    // From the service.

    change handle_ack(std::uint64_t expected, const client_publisher_options& options);
    /// The service wants the fragments from `expected` on once more.
    change handle_nack(steady_time now, std::uint64_t expected, const client_publisher_options& options,
                       detail::jitter_source& jitter);
    /// The service has closed the stream, `not_found` if because it does not know it.
    change handle_closed(bool not_found);

    /// The connection goes on over a new transport: what is not accepted is written again, in order. Whether a silent
    /// stream is still there, a keep-alive asks. True if the stream is over with that.
    bool resume();

    /// So many transports in a row were lost after the stream had written to them, without any answer to it, that what
    /// it writes may be the reason.
    bool breaks_transports() const noexcept { return losses_ >= max_losses; }

    // Time.

    std::optional<steady_time> deadline() const noexcept;
    void handle_timeout(steady_time now) noexcept;

private:
    /// More than it takes to find a request that breaks its transports, since streams beside it are to go on.
    static constexpr unsigned max_losses = 10;

    enum class phase : std::uint8_t {
        /// The start is to be written.
        starting,
        /// The start is written, and the service has not accepted it yet.
        started,
        /// The start was written to an earlier transport, and whether it came is not known.
        uncertain,
        /// The same, and a frame that the service answers in any case was written.
        asked,
        open,
        closed,
    };
    enum class end_step : std::uint8_t { none, due, written, repetition_due, repeated };

    bool was_end_lost() const noexcept { return end_step_ >= end_step::repetition_due; }
    bool is_start_in_doubt() const noexcept { return phase_ == phase::uncertain || phase_ == phase::asked; }
    bool accept_start() noexcept;
    void handle_answer() noexcept;
    bool take_writable(const client_publisher_options& options) noexcept;
    change close(bool as_expected) noexcept;
    change restart();

    detail::shared_bytes start_;
    /// Empty until the end is asked for.
    detail::shared_bytes end_;
    unaccepted_fragments fragments_;
    duration keep_alive_interval_;
    phase phase_ = phase::starting;
    end_step end_step_ = end_step::none;
    bool aborted_ = false;
    bool keep_alive_due_ = false;
    /// A fragment was refused for want of room.
    bool full_ = false;
    /// It has written something that the service answers, and nothing was answered on this transport.
    bool unanswered_ = false;
    /// Transports that were lost in that state, in a row.
    unsigned losses_ = 0;
    /// Questions on this transport that `StreamNotFound` would answer.
    unsigned questions_ = 0;
    /// Times that the service has refused fragments since it last accepted any.
    unsigned rewinds_ = 0;
    /// No fragment is written before.
    std::optional<steady_time> hold_until_;
    steady_time last_written_{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/published_stream.ipp>
#endif
