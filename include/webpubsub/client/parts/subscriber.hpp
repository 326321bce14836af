// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/link_change.hpp>
#include <webpubsub/client/parts/pending_events.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/name_index.hpp>
#include <webpubsub/support/record_table.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The streams of groups that a client receives (subprotocols.md section 9): finds out what is missing, where one
/// stream ends and another of the same name begins, and abandons a stream of which nothing comes any more.
///
/// Nothing is received twice here. The service publishes each fragment of a stream once, a plain connection never
/// repeats, and what a reliable one repeats after a recovery is dropped by its sequence id before it comes here. So a
/// number that is lower than the one expected is not a repetition but belongs to another stream with the name of the
/// old one, whose end was missed; ids of streams are unique for one connection of one publisher only. The old stream is
/// abandoned, and the message is the first of the new one. Two publishers that use one id in one group at the same time
/// can't be told apart: their messages are told as many short streams, with at most one `stream_abandoned` a message.
/// In the same way a new stream whose number is higher than expected passes for the old one with a gap.
///
/// Streams belong to their publishers' connections, so they outlive the subscriber's. Each operation is logarithmic in
/// the number of streams.
class subscriber {
public:
    explicit subscriber(const client_subscriber_options& options);

    static result<void> check(const client_subscriber_options& options);

    /// Streams that are followed.
    std::size_t size() const noexcept { return streams_.size(); }

    /// Takes a message that has a place in a stream. False if it was left out, because the beginning of its stream was
    /// missed or because it is wrong.
    bool receive(steady_time now, group_data_message& message, bool text_replaced = false);

    void handle_link(steady_time now, link_change change);

    std::optional<steady_time> deadline() const;
    void handle_timeout(steady_time now);

    polled<client_event> poll_event() noexcept { return events_.poll(); }

private:
    /// Counts the messages, so that the stream with the least was silent longest.
    using turn = std::uint64_t;

    struct entry {
        std::string group;
        std::string stream_id;
        subscriber::turn turn = 0;
        std::uint64_t expected = 0;
        steady_time heard{};
    };

    static std::string name_of(const std::string& group, const std::string& stream_id);

    void forget(const entry& stream);
    void abandon(entry& stream);
    void tell(group_data_message& message, bool first, bool text_replaced);
    void tell_fragment(group_data_message& message, bool first, bool text_replaced);
    /// The one that was silent longest; null if there is none.
    entry* oldest() const;

    client_subscriber_options options_;
    detail::record_table<entry> streams_;
    /// The turns of the streams by their names.
    detail::name_index turns_;
    turn last_turn_ = 0;
    pending_events events_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/subscriber.ipp>
#endif
