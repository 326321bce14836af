// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/connection.hpp>
#include <webpubsub/messages/stream.hpp>
#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The service's end of one stream that a client publishes (subprotocols.md section 9).
struct published_stream {
    enum class verdict : std::uint8_t {
        /// The fragment is the next one and is to be delivered.
        next,
        /// The fragment was delivered before.
        repeated,
        /// Other fragments are missing before this one.
        ahead,
    };

    connection_handle publisher{};
    std::string id;
    std::string group;
    bool no_echo = false;
    /// The metadata that goes with each of its messages.
    string_map metadata;
    /// How long the stream may be silent; without a value there is no limit.
    std::optional<duration> idle_timeout;
    /// The number of the next fragment.
    std::uint64_t expected = 1;
    /// When the last fragment that counted, or keep-alive, came.
    steady_time heard{};

    verdict receive(steady_time now, std::uint64_t number) noexcept {
        if (number != expected) return number < expected ? verdict::repeated : verdict::ahead;
        ++expected;
        heard = now;
        return verdict::next;
    }

    void keep_alive(steady_time now) noexcept { heard = now; }

    std::optional<steady_time> idle_at() const noexcept { return add_saturating(heard, idle_timeout); }

    /// The position in the last message to the subscribers.
    stream_position end(std::optional<stream_error> error = std::nullopt) const {
        return {id, expected, stream_end{std::move(error)}};
    }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
