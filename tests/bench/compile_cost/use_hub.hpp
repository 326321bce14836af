// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>

#include <string_view>

// What a small server does with a hub: one call of each kind, so that the whole hub is compiled.

inline int use_hub(webpubsub::hub& hub, webpubsub::instant now, std::string_view frame) {
    int done = 0;
    hub.handle_frame(now, {}, webpubsub::frame_kind::text, frame);
    hub.handle_timeout(now);
    done += hub.send_to_group(now, "room", webpubsub::text_payload("hello")).has_value() ? 1 : 0;
    while (hub.poll_order()) ++done;
    while (hub.poll_event()) ++done;
    while (hub.poll_transmit({})) ++done;
    return hub.poll_timeout() ? done : 0;
}
