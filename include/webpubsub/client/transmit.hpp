// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/ids.hpp>
#include <webpubsub/messages/frame.hpp>
#include <webpubsub/support/shared_bytes.hpp>

#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// One WebSocket message to write. It owns its bytes together with its copies, which may live and end on any thread:
/// keep one until the write has completed, also when the transport is closed meanwhile.
struct transmit {
    transport_id transport{};
    frame_kind kind = frame_kind::text;
    detail::shared_bytes frame{};

    /// Valid for as long as any copy of this message lives.
    std::string_view bytes() const noexcept { return frame.view(); }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
