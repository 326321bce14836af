// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What happened since the client was made. Bytes are those of WebSocket messages.
struct client_counters {
    std::uint64_t frames_received = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t frames_sent = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t pings_sent = 0;
    std::uint64_t sequence_acks_sent = 0;
    /// Transports that were asked for.
    std::uint64_t attempts = 0;
    std::uint64_t connections = 0;
    std::uint64_t recoveries = 0;
    /// Acknowledgements that a request waited for.
    std::uint64_t acks_received = 0;
    /// Requests that were tried again after a failure that may pass.
    std::uint64_t retries = 0;
    /// Messages that came again after a recovery and were dropped.
    std::uint64_t duplicates_dropped = 0;
    /// Acknowledgements of nothing that waits for one, those of streams included.
    std::uint64_t unmatched_acks = 0;
    /// Answers to invocations that were given up.
    std::uint64_t late_responses = 0;
    /// Fragments of streams that came twice, or of streams whose beginning was missed.
    std::uint64_t fragments_dropped = 0;
    /// What the service sent or chose that the protocol does not allow, each with an event `protocol_error`.
    std::uint64_t protocol_errors = 0;
    /// Calls that named a transport which is no longer current.
    std::uint64_t late_inputs = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
