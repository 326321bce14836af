// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/string_map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <webpubsub/time.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A time of the service's clock, in milliseconds since the Unix epoch.
using update_time = std::chrono::time_point<std::chrono::system_clock, std::chrono::duration<std::int64_t, std::milli>>;

/// What one connection keeps in a group (preview; subprotocols.md section 11).
struct group_state_item {
    std::string connection_id;
    /// It is empty for an anonymous user.
    std::string user_id;
    /// Without a value the connection has cleared its state.
    std::optional<string_map> state{};
    /// The time increases with every change of a connection's state.
    update_time updated_at{};

    friend bool operator==(const group_state_item&, const group_state_item&) = default;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
