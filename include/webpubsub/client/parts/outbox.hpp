// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/link_change.hpp>
#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/error.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/number_queue.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// Decides what is written next and how much is under way: sequence acks and pings, then what restores the connection,
/// then first writings in the order of the calls, in turns with the fragments of open streams.
class outbox {
public:
    /// Who may write. Sequence acks and pings have no tickets.
    enum class writer : std::uint8_t { none, sequence_ack, ping, requests, invocations, stream_start, stream };

    struct offers {
        bool sequence_ack = false;
        bool ping = false;
        std::optional<offer> requests{};
        std::optional<offer> invocations{};
        /// The start of a stream, and what follows in the streams that are open.
        std::optional<offer> stream_start{};
        std::optional<offer> stream{};
        /// What was called after this is not written for the first time.
        std::optional<ticket> up_to{};
    };

    explicit outbox(const client_write_window& window) noexcept : window_(window) {}

    static result<void> check(const client_write_window& window);

    /// The place of the next call among all calls.
    ticket draw_ticket() noexcept { return ticket{++last_ticket_}; }

    /// Whether one more message may be handed to the transport.
    bool has_room() const noexcept;

    /// Who writes next; `none` if nobody wants to.
    writer choose(const offers& all) const noexcept;

    /// A message of this writer and size was handed to the transport.
    void begin_write(steady_time now, writer who, std::size_t size);

    /// The transport has taken so many of the messages. False if fewer were handed to it.
    bool handle_written(steady_time now, std::size_t count);

    /// `transport_stays`: the service has put another connection in the place of the one that is lost, on the same
    /// transport, which still writes what it was handed.
    void handle_link(link_change change, bool transport_stays = false);

    /// Messages that were handed to the transport and are not reported as written.
    std::size_t under_way() const noexcept { return sizes_.size(); }

    std::optional<steady_time> deadline() const noexcept;
    /// What the host has forgotten, if anything.
    std::optional<error> handle_timeout(steady_time now) noexcept;

private:
    bool is_limited() const noexcept { return window_.messages || window_.bytes; }

    client_write_window window_;
    std::uint64_t last_ticket_ = 0;
    /// The sizes of the messages under way in bytes, in their order, and the sum of them.
    detail::number_queue sizes_;
    std::size_t bytes_ = 0;
    /// Since when the oldest of them is under way.
    std::optional<steady_time> since_;
    bool reported_ = false;
    /// What was written last: two sequence acks, or two fragments of streams, do not follow each other while something
    /// else waits.
    writer last_writer_ = writer::none;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/outbox.ipp>
#endif
