// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Why a request to an event handler has no response.
enum class call_failure : std::uint8_t {
    /// The handler can't be reached, or the connection broke before the response began. It may pass.
    network,
    /// The program that sends has a time limit of its own.
    timed_out,
    /// The body of the response is longer than the request allows.
    too_large,
    /// What came is no response of HTTP.
    unreadable,
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
