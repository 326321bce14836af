// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/support.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/time.hpp>

#include <cstdint>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// Where a transport is in its life; it never goes back.
enum class transport_state : std::uint8_t {
    /// The client was let in, and the upgrade has not finished.
    admitted,
    open,
    /// The last frames are being written before the transport is closed.
    draining,
    /// The host was told to close it.
    closing,
};

/// Why a host should not read from a client now; a set of bits.
enum class pause_reason : std::uint8_t {
    /// The client does not read the acks and pongs that it causes.
    own_queue = 1,
    /// The client has sent to a congested connection.
    receivers = 2,
    /// Many requests of the client wait, or it is a guest whose connection has not answered yet. The reason does not
    /// count while room for a reliable client's data depends on its acknowledgements, for they come behind its requests.
    requests = 4,
};

/// One WebSocket connection, and what is under way on it.
struct transport_record {
    /// The transport's id; 0 while the slot is free.
    transport_id id{};
    /// The slot of the connection whose frames it carries; `no_slot` before a recovery and after the connection's end.
    std::uint32_t connection = no_slot;
    transport_state state = transport_state::admitted;
    /// The reasons for not reading, as a set of `pause_reason`; not all of them count (see `outputs::is_paused`).
    std::uint8_t pause_reasons = 0;
    /// Whether the host was told not to read, and not told since that it may.
    bool paused = false;
    /// Whether another hub has the client, and passes on what is for it (`outputs::set_relayed`).
    bool is_relayed = false;
    /// The code that a draining transport will be closed with.
    std::uint16_t close_code = 0;
    /// The number of messages that are being written.
    std::uint32_t writes = 0;
    /// The bytes of these messages.
    std::uint32_t bytes = 0;
    /// The size of each of these messages, the oldest first; it is empty while there is only one.
    ring<std::uint32_t> sizes;
    /// When its connection became congested; it means nothing at other times.
    steady_time congested_since{};
    /// When a write was completed or a message acknowledged last, since then.
    steady_time progress{};
    /// The reason that a draining transport will be closed with.
    std::string close_reason;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
