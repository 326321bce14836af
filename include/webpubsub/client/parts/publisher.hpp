// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/frame_encoder.hpp>
#include <webpubsub/client/parts/link_change.hpp>
#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/client/parts/pending_events.hpp>
#include <webpubsub/client/parts/published_stream.hpp>
#include <webpubsub/client/request_options.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/stream.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/backoff.hpp>
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

/// The streams that a client publishes (subprotocols.md section 9). They belong to a connection: they pause while its
/// transport is replaced, and end with it. A stream's start is written by its ticket; what follows the start is written
/// in order within the stream, and the streams take turns.
///
/// Each operation is logarithmic in the number of streams, but for the changes of the link, which are linear.
class publisher {
public:
    publisher(const client_publisher_options& options, const codec& encoding, std::size_t max_sent_size,
              std::uint64_t jitter_seed);

    static result<void> check(const client_publisher_options& options);

    /// Streams without an outcome.
    std::size_t size() const noexcept { return streams_.size() - violated_; }

    // Commands. One that fails has changed nothing.

    /// Returns the id of the stream. Unless the options give one it is made of the connection's id.
    result<std::string> open(steady_time now, ticket place, std::string_view connection_id, std::string_view group,
                             const stream_options& options);
    /// Returns the number of the fragment. `errc::queue_full` until `stream_writable`.
    result<std::uint64_t> write(steady_time now, std::string_view stream_id, payload_view data);
    result<void> end(steady_time now, std::string_view stream_id, const std::optional<stream_abort>& error = {});
    result<void> abort(steady_time now, std::string_view stream_id, const stream_abort& error = {});

    // From the service. False if nothing waited for the message.

    bool handle_ack(steady_time now, const stream_ack_message& message);
    bool handle_nack(steady_time now, const stream_nack_message& message);
    bool handle_closed(steady_time now, const stream_closed_message& message);

    void handle_link(steady_time now, link_change change);

    std::optional<steady_time> deadline() const { return deadlines_.next(); }
    void handle_timeout(steady_time now);

    // To the service.

    /// The least of what could be written: the start with the least ticket, or else what goes on with open streams.
    std::optional<offer> next_write() const;
    /// The least of one of these two only, so that open streams need not wait behind starts with high tickets.
    std::optional<offer> next_write(write_order order) const;
    /// The frame of `next_write()`, which has a value.
    detail::shared_bytes begin_write(steady_time now);
    /// The frame of `next_write(order)`, which has a value.
    detail::shared_bytes begin_write(steady_time now, write_order order);

    polled<client_event> poll_event() noexcept { return events_.poll(); }

private:
    enum class link_state : std::uint8_t { none, connected, interrupted };

    struct entry {
        std::string id;
        ticket place{};
        std::uint64_t tag = 0;
        published_stream stream;
        /// The service broke the protocol. The application was told that the stream has failed; it stays here, with its
        /// id in use, until its end is written and the service has answered.
        bool violated = false;
    };

    /// Null if there is none of this id.
    entry* find(std::string_view stream_id) const;
    /// The same without the streams in which the service has violated the protocol.
    entry* find_usable(std::string_view stream_id) const;
    void refresh(const entry& stream);
    void apply(entry& stream, const published_stream::change& change, const service_error* error);
    void close(entry& stream, client_events::stream_status status, const service_error* error = nullptr);
    void tell_closed(const entry& stream, client_events::stream_status status, const service_error* error);
    void handle_violation(entry& stream);
    result<detail::shared_bytes> encode_end(const std::string& stream_id, const stream_abort* error);
    void pause();
    void resume();
    void lose_all();

    client_publisher_options options_;
    frame_encoder encoder_;
    detail::jitter_source jitter_;
    /// By the tickets of their calls.
    detail::record_table<entry> streams_;
    detail::name_index tickets_;
    /// Those whose start is to be written.
    detail::number_index starts_;
    /// Those that have something else to write.
    detail::number_index ready_;
    detail::timer_table deadlines_;
    pending_events events_;
    link_state link_ = link_state::none;
    /// The stream that wrote last of those that are open.
    ticket last_writer_{};
    /// The number of streams in which the service has violated the protocol, and which are about to end.
    std::size_t violated_ = 0;
    /// Counts the ids that were made here.
    std::uint64_t last_id_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/publisher.ipp>
#endif
