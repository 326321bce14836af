// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/frame.hpp>

#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// One WebSocket message to be written: `prefix` and then `body`, in two pieces so that a body is shared by all its
/// receivers. Both views stay valid until the `handle_written` or `handle_closed` that names the transport, whatever
/// else happens to the hub until then (but its end), and whether or not the peer has acknowledged the message already.
struct delivery {
    frame_kind kind = frame_kind::text;
    std::string_view prefix;
    std::string_view body;
};

} // namespace webpubsub
