// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/time.hpp>

#include <chrono>
#include <span>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How the application sends a message.
struct send_options {
    /// Ids of connections that don't get it. Valid for the call.
    std::span<const std::string> except{};
    /// A receiver to whom it could not be written for so long does not get it any more; at most 300 s, and zero is for
    /// ever (subprotocols.md section 12).
    std::chrono::seconds time_to_live{};
    /// Preview.
    string_map metadata{};
};

namespace detail {

/// Of a message, whose time to live is for ever if it is zero.
constexpr steady_time end_of_life(instant now, std::chrono::seconds time_to_live) noexcept {
    return time_to_live == time_to_live.zero() ? steady_time::max() : now.steady + time_to_live;
}

} // namespace detail

} // namespace webpubsub
