// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// `webpubsub_mode=sendToGroup`: every frame of a simple client is published to this group (sessions.md section 5).
struct send_to_group_mode {
    std::string group;
    bool no_echo = false;

    friend bool operator==(const send_to_group_mode&, const send_to_group_mode&) = default;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
