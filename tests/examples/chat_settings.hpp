// SPDX-License-Identifier: MIT
#pragma once

// The command line of the chats. Nothing here has to do with WebSockets.

#include <webpubsub/access/connection_string.hpp>
#include <webpubsub/codec/codec.hpp>

#include <chrono>
#include <optional>
#include <string>

/// For how long a URL can be used that a chat makes by itself.
inline constexpr std::chrono::minutes chat_url_lifetime{60};

struct chat_settings {
    /// Empty: URLs are made with the connection string.
    std::string url{};
    std::optional<webpubsub::connection_string> service{};
    std::string group{};
    webpubsub::codec codec;
    /// A file with certificates of authorities to trust besides the system's; empty for none.
    std::string ca_file{};
    /// Print what the client tells, event by event.
    bool trace = false;
};

/// Nothing if the command line is wrong; the user was told why.
std::optional<chat_settings> read_chat_settings(int argc, char** argv);

/// A URL of the hub `chat` with a token for whoever runs the program. The settings have a connection string.
webpubsub::result<std::string> make_chat_url(const chat_settings& settings);
