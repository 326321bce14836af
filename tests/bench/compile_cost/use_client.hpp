// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/client.hpp>

#include <string_view>

// What a small program does with a client: one call of each kind, so that the whole client is compiled.

inline int use_client(const webpubsub::codec& codec, webpubsub::steady_time now, std::string_view frame) {
    webpubsub::client_options options;
    options.url = "ws://localhost/client/hubs/chat";
    webpubsub::client client(codec, 1, options);
    int done = client.start(now).has_value() ? 1 : 0;
    done += client.join_group(now, "room").has_value() ? 1 : 0;
    done += client.send_to_group(now, "room", webpubsub::text_payload("hello")).has_value() ? 1 : 0;
    while (client.poll_order()) ++done;
    while (client.poll_event()) ++done;
    done += client.handle_frame(now, {}, webpubsub::frame_kind::text, frame).has_value() ? 1 : 0;
    while (client.poll_transmit()) ++done;
    client.handle_timeout(now);
    client.stop(now);
    return client.poll_timeout() ? done : 0;
}
