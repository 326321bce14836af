// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/connection.hpp>
#include <webpubsub/hub/parts/published_stream.hpp>
#include <webpubsub/hub/parts/request.hpp>
#include <webpubsub/hub/parts/support.hpp>
#include <webpubsub/hub/parts/turn.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/stream.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The streams that clients publish to groups (subprotocols.md section 9). A subscriber is told first, the publisher
/// after it. Each operation is logarithmic in the number of open streams, and a fragment moves no timer: a stream is
/// looked at again when it would have been idle without it.
class streams {
public:
    // The kinds of this part: start, data, keep-alive and end of a stream. See `requests`, which has the same
    // functions.

    arrival arrive(turn& during, std::uint32_t from, const client_message& message, bool altered);
    std::string_view group_sent_to(const turn& during, std::uint32_t from, const client_message& message) const;
    outcome execute(turn& during, std::uint32_t from, client_message& message);

    std::size_t open(const turn& during, std::uint32_t at) const;

    /// The ends of the streams of a connection that has ended are kept for `announce_departures`.
    void handle_change(turn& during, std::uint32_t at, connection_change change);
    /// Tells the subscribers of streams whose publishers have ended. The result is false if there were none.
    bool announce_departures(turn& during);
    bool has_departures() const noexcept { return !departures_.empty(); }

    std::optional<steady_time> deadline() const { return idle_timers_.next(); }
    /// The publisher of a stream that is due to be looked at, which is not watched any more; `no_slot` if none is.
    /// `close_idle` is to follow, at once or when nothing of the publisher waits any more: what waits may be what keeps
    /// the stream open.
    std::uint32_t take_due(turn& during);
    /// Closes the publisher's streams of which nothing was heard for their idle times, and watches the others.
    void close_idle(turn& during, std::uint32_t at);

private:
    struct departure {
        std::string user_id;
        published_stream stream;
    };

    /// The place of a stream; `no_slot` when the connection has no such stream.
    std::uint32_t find(const turn& during, std::uint32_t at, std::string_view id) const;
    /// The places of all streams of a publisher, in the order of their ids.
    std::vector<std::uint32_t> places_of(const turn& during, std::uint32_t at) const;
    outcome execute(turn& during, std::uint32_t from, start_stream_message& message);
    outcome execute(turn& during, std::uint32_t from, stream_data_message& message);
    outcome execute(turn& during, std::uint32_t from, end_stream_message& message);
    published_stream take(std::uint32_t place);
    void tell_publisher(turn& during, std::uint32_t at, std::string id, std::optional<service_error> error);
    static void publish(turn& during, const published_stream& from, std::uint32_t publisher, const std::string& user_id,
                        payload data, stream_position position);
    static void publish_end(turn& during, const published_stream& from, std::uint32_t publisher,
                            const std::string& user_id, std::optional<stream_error> error);

    /// The places of the streams, by `owned_name`.
    name_index places_;
    slot_table<published_stream> streams_;
    /// When a stream is to be looked at because it may have been idle for too long, by its place.
    timer_table idle_timers_;
    ring<departure> departures_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/streams.ipp>
#endif
