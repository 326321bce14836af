// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/frame.hpp>
#include <webpubsub/text/ascii.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How messages are written on the wire. `none` is the simple WebSocket client: frames are opaque.
enum class encoding : std::uint8_t { none, json, protobuf };

/// A WebSocket subprotocol and what follows from its name (subprotocols.md section 1).
struct subprotocol {
    std::string_view name;
    webpubsub::encoding encoding = encoding::none;
    /// Messages carry sequence ids and the connection can be recovered.
    bool reliable = false;

    /// The only frame kind that a PubSub subprotocol allows, in both directions.
    constexpr frame_kind frames() const noexcept {
        return encoding == encoding::protobuf ? frame_kind::binary : frame_kind::text;
    }

    friend constexpr bool operator==(const subprotocol&, const subprotocol&) = default;
};

namespace subprotocols {
inline constexpr subprotocol json_v1{"json.webpubsub.azure.v1", encoding::json, false};
inline constexpr subprotocol json_reliable_v1{"json.reliable.webpubsub.azure.v1", encoding::json, true};
inline constexpr subprotocol protobuf_v1{"protobuf.webpubsub.azure.v1", encoding::protobuf, false};
inline constexpr subprotocol protobuf_reliable_v1{"protobuf.reliable.webpubsub.azure.v1", encoding::protobuf, true};
inline constexpr std::array all{json_v1, json_reliable_v1, protobuf_v1, protobuf_reliable_v1};
} // namespace subprotocols

/// The PubSub subprotocol of that name, compared without case as the service does.
constexpr std::optional<subprotocol> find_subprotocol(std::string_view name) noexcept {
    for (const auto& known : subprotocols::all) {
        if (equal_ignoring_case(known.name, name)) return known;
    }
    return std::nullopt;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
