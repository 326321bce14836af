// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>

#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The close reason for a frame that can't be taken (subprotocols.md sections 1, 7.5 and 13). A simple client has no
/// codec.
WEBPUBSUB_DECL std::string_view bad_frame_reason(std::uint16_t code, const service_codec* codec) noexcept;

/// The part of a reason that fits into a close frame (RFC 6455 section 5.5: 125 bytes with the code), cut between
/// characters.
WEBPUBSUB_DECL std::string_view clip_close_reason(std::string_view reason) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/close_reasons.ipp>
#endif
