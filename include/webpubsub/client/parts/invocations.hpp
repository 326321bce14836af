// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/frame_encoder.hpp>
#include <webpubsub/client/parts/link_change.hpp>
#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/client/parts/pending_events.hpp>
#include <webpubsub/client/parts/remembered_ids.hpp>
#include <webpubsub/client/request_options.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// What a client asks the application behind the service (preview; subprotocols.md section 10). Invocations belong to a
/// transport: an answer is not repeated after a recovery, so none of them survives the loss of its transport, and none
/// is tried again.
///
/// An id may be used again after its invocation has an outcome, but not while the service can still answer the old one:
/// after a cancellation or a time-out it stays in use until the late answer or the loss of the transport. The newest
/// 1000 of those ids are remembered, and no more bytes of them than of frames.
///
/// Each operation is logarithmic in the number of invocations, but for the changes of the link, which are linear.
class invocations {
public:
    invocations(const client_invocation_options& options, const codec& encoding, std::size_t max_sent_size);

    static result<void> check(const client_invocation_options& options);

    /// Invocations without an outcome.
    std::size_t size() const noexcept { return pending_.size(); }

    // Commands. One that fails has changed nothing.

    /// Returns the id of the invocation. `errc::not_connected` unless connected.
    result<std::string> invoke(steady_time now, ticket place, std::string_view event, std::optional<payload_view> data,
                               const invoke_options& options);
    result<void> cancel(steady_time now, ticket place, std::string_view invocation_id);

    /// False if nothing waited for the answer.
    bool handle_response(steady_time now, invoke_response_message& message);

    void handle_link(steady_time now, link_change change);

    std::optional<steady_time> deadline() const { return timers_.next(); }
    void handle_timeout(steady_time now);

    // To the service.

    std::optional<offer> next_write() const;
    /// The frame of `next_write()`, which has a value.
    detail::shared_bytes begin_write(steady_time now);

    polled<client_event> poll_event() noexcept { return events_.poll(); }

private:
    struct invocation {
        std::string id;
        std::uint64_t tag = 0;
        /// Counted from its writing.
        std::optional<duration> timeout{};
        /// Of its frame, in bytes.
        std::size_t size = 0;
        bool written = false;
    };

    /// A cancellation has no invocation.
    struct waiting_frame {
        detail::shared_bytes frame;
        bool is_cancellation = false;
    };

    /// Ids that are remembered after their invocations have ended.
    static constexpr std::size_t max_unanswered_ids = 1000;

    result<void> check_room(std::size_t size) const;
    void give_up(ticket call, ticket place, client_events::invocation_status status);
    invocation remove(ticket call);
    void end_all();

    client_invocation_options options_;
    frame_encoder encoder_;
    /// By the tickets of their calls.
    std::map<ticket, invocation> pending_;
    std::map<std::string, ticket, std::less<>> calls_;
    /// What is to be written, by ticket.
    std::map<ticket, waiting_frame> waiting_;
    remembered_ids unanswered_;
    detail::timer_table timers_;
    pending_events events_;
    std::size_t bytes_ = 0;
    /// Counts the ids that were made here.
    std::uint64_t last_id_ = 0;
    bool connected_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/invocations.ipp>
#endif
