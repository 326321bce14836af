// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The kind of a whole (reassembled) WebSocket message.
enum class frame_kind : std::uint8_t { text, binary };

/// WebSocket close codes that the protocol uses (RFC 6455 section 7.4.1; sessions.md section 10).
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;
/// The peer's close frame had no code.
inline constexpr std::uint16_t none = 1005;
/// The connection ended without a close frame of the peer.
inline constexpr std::uint16_t abnormal = 1006;
inline constexpr std::uint16_t invalid_payload = 1007;
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t message_too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
} // namespace close_code

} // namespace webpubsub::inline WEBPUBSUB_MODE
