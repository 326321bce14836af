// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/events.hpp>
#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/support/shared_bytes.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

enum class request_kind : std::uint8_t {
    join,
    leave,
    /// To a group's states.
    subscribe,
    unsubscribe,
    /// Sets or clears this connection's state in a group.
    set_state,
    message,
    event,
    /// It has no ack id, so it is done with when it is written.
    unacknowledged,
    /// These two are made by the client itself, on a new connection.
    rejoin,
    resubscribe,
};

/// It restores what an earlier connection had.
constexpr bool is_restoring(request_kind kind) noexcept { return kind >= request_kind::rejoin; }

/// To do it twice is the same as to do it once, on a new connection too.
constexpr bool is_idempotent(request_kind kind) noexcept {
    return kind <= request_kind::unsubscribe || is_restoring(kind);
}

/// The service refuses it to those who are no members of the group.
constexpr bool needs_membership(request_kind kind) noexcept {
    return kind == request_kind::subscribe || kind == request_kind::resubscribe || kind == request_kind::set_state;
}

/// Whether a later request in the same group makes an earlier one pointless.
constexpr bool supersedes(request_kind later, request_kind earlier) noexcept {
    switch (later) {
    case request_kind::leave: return earlier != request_kind::message;
    case request_kind::join: return earlier == request_kind::leave || earlier == request_kind::join;
    case request_kind::subscribe:
    case request_kind::unsubscribe:
        return earlier == request_kind::subscribe || earlier == request_kind::unsubscribe ||
               earlier == request_kind::resubscribe;
    case request_kind::set_state: return earlier == request_kind::set_state;
    default: return false;
    }
}

/// The bytes of a WebSocket message.
struct outgoing_frame {
    frame_kind kind = frame_kind::text;
    detail::shared_bytes bytes{};
};

/// What the client sends and waits to be acknowledged.
struct request {
    /// The id that it keeps for its whole life: across retries and recovery the service recognises it
    /// (subprotocols.md section 5.2). 0 for what is not acknowledged.
    ack_id id{};
    /// The caller's.
    std::uint64_t tag = 0;
    request_kind kind = request_kind::message;
    /// Empty for events.
    std::string group{};
    outgoing_frame frame{};

    /// How often it was written on the present connection without an answer so far. After a recovery that may be more
    /// than once, and each writing that reached the service is answered.
    unsigned writes_unanswered = 0;
    /// The number of its last writing among those of all requests; 0 for none yet.
    std::uint64_t last_writing = 0;
    /// How many of its writings were followed by the loss of their transport without a sign that the service read them.
    unsigned writes_charged = 0;
    unsigned retries = 0;
    /// Where it stands: in one queue at most.
    enum class place : std::uint8_t { none, never_written, written_before, held, in_flight, waiting_for_retry };
    request::place place = place::none;
    /// It was written on the present connection.
    bool written_here = false;
    /// It was written on a connection that is gone, and was not answered there.
    bool was_lost = false;
    /// A later request of the same group makes it pointless.
    bool superseded = false;
    /// Why its last try failed; nothing from the next writing on.
    std::optional<service_error> failure{};
};

/// How a request ended.
struct request_outcome {
    request_kind kind = request_kind::message;
    ack_id id{};
    std::uint64_t tag = 0;
    std::string group;
    request_status status = request_status::succeeded;
    /// The service had executed it before: the answer to an earlier writing was lost.
    bool duplicate = false;
    /// It may be executed twice, and that is not the same as once.
    bool may_be_duplicate = false;
    bool superseded = false;
    /// It was given up because transports broke when it was written.
    bool breaks_transports = false;
    service_error error;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
