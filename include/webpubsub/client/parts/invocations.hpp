// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/frame_encoder.hpp>
#include <webpubsub/client/parts/link_change.hpp>
#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/client/parts/pending_events.hpp>
#include <webpubsub/client/request_options.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/name_index.hpp>
#include <webpubsub/support/number_index.hpp>
#include <webpubsub/support/record_table.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// What a client asks the application behind the service (preview; subprotocols.md section 10). Invocations belong to a
/// transport: an answer is not repeated after a recovery, so none of them survives the loss of its transport, and none
/// is tried again.
///
/// An id may be used again after its invocation has an outcome, but not while the service can still answer the old one:
/// after a cancellation or a time-out it stays in use until the late answer or the loss of the transport. Of those ids
/// no more than 1000 are remembered, and no more bytes than of frames; the oldest are forgotten.
///
/// Each operation is logarithmic in the number of invocations, but for the changes of the link, which are linear.
class invocations {
public:
    invocations(const client_invocation_options& options, const codec& encoding, std::size_t max_sent_size);

    static result<void> check(const client_invocation_options& options);

    /// Invocations without an outcome.
    std::size_t size() const noexcept { return calls_.size() - unanswered_.size(); }

    // Commands. One that fails has changed nothing.

    /// Returns the id of the invocation. `errc::not_connected` unless connected.
    result<std::string> invoke(steady_time now, ticket place, std::string_view event, std::optional<payload_view> data,
                               const invoke_options& options);
    result<void> cancel(steady_time now, ticket place, std::string_view invocation_id);

    /// False if nothing waited for the answer.
    bool handle_response(steady_time now, invoke_response_message& message, bool text_replaced = false);

    void handle_link(steady_time now, link_change change);

    std::optional<steady_time> deadline() const { return deadlines_.next(); }
    void handle_timeout(steady_time now);

    // To the service.

    std::optional<offer> next_write() const;
    /// The frame of `next_write()`, which has a value.
    detail::shared_bytes begin_write(steady_time now);

    polled<client_event> poll_event() noexcept { return events_.poll(); }

private:
    struct invocation {
        std::string id;
        /// The ticket of its call.
        ticket call{};
        std::uint64_t tag = 0;
        /// The frame that is to be written: the invocation's, and later its cancellation's. Empty when there is none.
        detail::shared_bytes frame;
        /// The place of that frame among the calls.
        ticket place{};
        /// The number of bytes that count of it: those of its frame, after its end those of its id.
        std::size_t size = 0;
        /// The longest time from its writing to its answer.
        std::optional<duration> timeout{};
        bool written = false;
        /// It has ended, and may still be answered.
        bool ended = false;
    };

    /// Ids that are remembered after their invocations have ended.
    static constexpr std::size_t max_unanswered = 1000;

    /// Null if there is none of this id.
    invocation* find(std::string_view invocation_id) const;
    result<void> check_room(std::size_t size) const;
    void tell_completed(const invocation& call, client_events::invocation_status status);
    void give_up(invocation& call, ticket place, client_events::invocation_status status);
    void forget(invocation& call);
    void forget_excess(invocation& newest);
    void end_all();

    client_invocation_options options_;
    frame_encoder encoder_;
    /// By the tickets of their calls: those without an outcome, and those whose ids are remembered.
    detail::record_table<invocation> calls_;
    detail::name_index tickets_;
    /// The tickets of those that have ended and may still be answered.
    detail::number_index unanswered_;
    /// What is to be written: the tickets of the invocations by the places of the frames.
    detail::number_index waiting_;
    detail::timer_table deadlines_;
    pending_events events_;
    /// The number of bytes of the frames of invocations without an outcome.
    std::size_t pending_bytes_ = 0;
    /// The number of bytes of the ids of those that have ended and may still be answered.
    std::size_t unanswered_bytes_ = 0;
    /// Counts the ids that were made here.
    std::uint64_t last_id_ = 0;
    bool connected_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/invocations.ipp>
#endif
