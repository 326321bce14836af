// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/support.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/time.hpp>

#include <cstdint>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

enum class transport_state : std::uint8_t {
    /// Let in, the upgrade is not finished.
    admitted,
    open,
    /// Its last frames are written before it is closed.
    draining,
    /// The host was told to close it.
    closing,
};

/// Why a host should not read from a client now; a set of bits.
enum class pause_reason : std::uint8_t {
    /// It does not read what it is sent itself.
    own_queue = 1,
    /// It has sent to a connection that does not read fast enough.
    receivers = 2,
    /// Many of its requests wait. Does not count while room for its data depends on its acknowledgements, which come
    /// behind its requests.
    requests = 4,
};

/// One WebSocket connection, and what is under way on it.
struct transport_record {
    /// 0 while the slot is free.
    transport_id id{};
    /// Whose frames it carries; none before a recovery and after its end.
    std::uint32_t connection = no_slot;
    transport_state state = transport_state::admitted;
    /// A set of `pause_reason`; see `outputs::is_paused`.
    std::uint8_t pause_reasons = 0;
    /// Whether the host was told last not to read.
    bool paused = false;
    /// What it will be closed with when it has drained.
    std::uint16_t close_code = 0;
    /// Messages that are being written, and their bytes.
    std::uint32_t writes = 0;
    std::uint32_t bytes = 0;
    /// The size of each of them, but for a single one.
    ring<std::uint32_t> sizes;
    /// While its connection is pressing: since when, and when a write was completed or a message acknowledged last.
    steady_time pressing_since{};
    steady_time progress{};
    std::string close_reason;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
