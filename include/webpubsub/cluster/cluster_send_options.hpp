// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/string_map.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How the application sends a message to the clients of all nodes; see `send_options`.
struct cluster_send_options {
    /// The ids of connections that don't get the message.
    std::vector<std::string> except{};
    /// The text of a filter (rest.md section 8), which each node holds against its connections; empty for everybody.
    std::string filter{};
    /// The id of the connection on whose behalf the message is sent; its user is named if it is a connection of this
    /// node.
    std::string sender{};
    /// The sender's connection does not get the message.
    bool no_echo = false;
    /// At most 300 s, and zero is for ever.
    std::chrono::milliseconds time_to_live{};
    string_map metadata{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
