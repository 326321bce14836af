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
    /// Comes back with the outcome.
    std::uint64_t tag = 0;
};

struct message_options {
    /// Comes back with the outcome.
    std::uint64_t tag = 0;
    /// Groups only: don't deliver to this connection.
    bool no_echo = false;
    /// Send without an ack id: there is no outcome and no retry, and it only works while connected.
    bool fire_and_forget = false;
    /// Preview: handed on with the message. See messages/metadata.hpp for what it may hold (`errc::invalid_metadata`);
    /// of entries with the same key the last is sent.
    string_map metadata{};
    /// Preview, groups only: seconds after which a receiver that is behind does not get the message any more; 0 is
    /// never, at most 300.
    std::uint32_t ttl_seconds = 0;
};

struct stream_options {
    /// Names the stream among those that are open in the group; empty for one that the client makes of its connection
    /// id.
    std::string stream_id{};
    /// Comes back with `stream_opened` and `stream_closed`.
    std::uint64_t tag = 0;
    /// Don't deliver to this connection.
    bool no_echo = false;
    /// The service closes the stream after so long without anything; the client keeps it open, by a keep-alive each
    /// third of it. At least 1 s; unless set 300 s.
    std::optional<std::chrono::milliseconds> idle_timeout{};
    /// Preview.
    string_map metadata{};
    /// Preview.
    std::uint32_t ttl_seconds = 0;
};

struct invoke_options {
    /// Empty for one that the client makes.
    std::string invocation_id{};
    /// Comes back with the outcome.
    std::uint64_t tag = 0;
    /// In place of `client_invocation_options::timeout`, which it is unless set; `duration::max()` is never.
    std::optional<duration> timeout{};
    string_map metadata{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
