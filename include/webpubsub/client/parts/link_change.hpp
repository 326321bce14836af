// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// What every part of a client is told of the connection; nothing else tells a part about it.
///
///     stopped state ─ up ─► connected ─ down ─► lost ─ recovering ─► unconfirmed ─ recovered ─► connected
///
/// `down` may follow `up`, `recovering` and `recovered`; `replaced` follows `down`; `stopped` may follow anything,
/// after `down` if there was a transport.
enum class link_change : std::uint8_t {
    /// A new connection is established.
    up,
    /// The transport is lost, and with it what only a transport keeps. The connection may go on.
    down,
    /// A new transport is open for the connection, but whether the connection goes on is not confirmed: only what had
    /// been written before the loss may be written.
    recovering,
    /// The connection goes on.
    recovered,
    /// The connection is gone for good, and with it what the service kept for it. Comes before the next `up`.
    replaced,
    /// The same as `replaced`, by a close with 1003, 1007 or 1009: the service has rejected a frame, which one it does
    /// not say, so nothing that was written on the connection is written again.
    replaced_after_rejected_frame,
    /// The client has ended.
    stopped,
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
