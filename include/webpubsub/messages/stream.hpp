// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

// The parts of messages that belong to a group stream (subprotocols.md section 9).

/// What opens a stream.
struct stream_start {
    /// The id is not empty, and unique among the open streams of a connection; a GUID is advised.
    std::string stream_id;
    /// The service closes the stream after so many milliseconds without data or a keep-alive. The number is not 0;
    /// without a value it is 300 000.
    std::optional<std::uint32_t> idle_timeout_ms{};

    friend bool operator==(const stream_start&, const stream_start&) = default;
};

/// Why its publisher ended a stream before its time. An empty text is the same as none.
struct stream_abort {
    std::string message;
    std::string user_error_code;

    friend bool operator==(const stream_abort&, const stream_abort&) = default;
};

/// Why a stream did not end well, as its subscribers are told.
struct stream_error {
    /// The name is `IdleTimeout`, `InternalServerError`, `Forbidden`, `Cancelled` or `UserError`.
    std::string name;
    std::string message;
    /// The code is the publisher's own. It is empty unless the name is `UserError`.
    std::string user_error_code;

    friend bool operator==(const stream_error&, const stream_error&) = default;
};

struct stream_end {
    /// There is an error when the stream did not end well.
    std::optional<stream_error> error{};

    friend bool operator==(const stream_end&, const stream_end&) = default;
};

/// The place of a group message in a stream.
struct stream_position {
    std::string stream_id;
    /// The first fragment has the number 1, and the terminal message the number that the next fragment would have had.
    /// These numbers have nothing to do with the sequence ids of a reliable connection.
    std::uint64_t stream_sequence_id = 0;
    /// It has a value on the terminal message only.
    std::optional<stream_end> end{};

    friend bool operator==(const stream_position&, const stream_position&) = default;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
