// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/time.hpp>

#include <cstdint>
#include <optional>
#include <string>

// What a program may say with a command to a client.

namespace webpubsub::inline WEBPUBSUB_MODE {

struct request_options {
    /// The tag comes back with the outcome.
    std::uint64_t tag = 0;
};

struct message_options {
    /// The tag comes back with the outcome.
    std::uint64_t tag = 0;
    /// Whether the service leaves this connection out when it delivers the message. It is for groups only.
    bool no_echo = false;
    /// Whether the message has no ack id: then it has no outcome and is never tried again, and it is refused unless the
    /// client is connected.
    bool fire_and_forget = false;
    /// Preview: the metadata that is handed on with the message. See messages/metadata.hpp for what it may hold
    /// (`errc::invalid_metadata`). When two entries have the same key, the last one is sent.
    string_map metadata{};
    /// Preview, for groups only: the number of seconds after which a receiver that is behind does not get the message
    /// any more. It is at most 300, and 0 means never.
    std::uint32_t ttl_seconds = 0;
};

struct stream_options {
    /// The id of the stream, which no other open stream of this client may have. If it is empty, the client makes one
    /// of its connection id.
    std::string stream_id{};
    /// The tag comes back with `stream_opened` and `stream_closed`.
    std::uint64_t tag = 0;
    /// Whether the service leaves this connection out when it delivers the stream.
    bool no_echo = false;
    /// The service closes the stream after so long without anything; the client keeps it open, by a keep-alive each
    /// third of it. It is at least 1 s, and 300 s unless it is set.
    std::optional<std::chrono::milliseconds> idle_timeout{};
    /// Preview: the metadata of the stream, as in `message_options`.
    string_map metadata{};
    /// Preview: the time to live of each fragment, as in `message_options`.
    std::uint32_t ttl_seconds = 0;
};

struct invoke_options {
    /// The id of the invocation, which no other one without an answer may have. If it is empty, the client makes one.
    std::string invocation_id{};
    /// The tag comes back with the outcome.
    std::uint64_t tag = 0;
    /// The limit of this invocation, in place of `client_invocation_options::timeout`; `duration::max()` means never.
    std::optional<duration> timeout{};
    /// The metadata of the invocation, as in `message_options`.
    string_map metadata{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
