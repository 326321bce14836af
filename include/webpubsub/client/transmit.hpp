// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/frame.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// One WebSocket message to write. It owns its bytes, so it may be kept until the write has completed.
struct transmit {
    transport_id transport = 0;
    frame_kind kind = frame_kind::text;
    std::shared_ptr<const std::string> frame;

    std::string_view bytes() const noexcept { return *frame; }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
