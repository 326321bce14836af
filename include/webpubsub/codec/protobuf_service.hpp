// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/service_codec.hpp>

// The service's half of the codec of `protobuf.webpubsub.azure.v1` and `protobuf.reliable.webpubsub.azure.v1`. What it
// accepts beyond the letter of the protocol is in protobuf.hpp.

namespace webpubsub::inline WEBPUBSUB_MODE {

/// `protobuf.webpubsub.azure.v1`.
WEBPUBSUB_DECL service_codec protobuf_service_codec(const codec_limits& limits = {}) noexcept;

/// `protobuf.reliable.webpubsub.azure.v1`.
WEBPUBSUB_DECL service_codec reliable_protobuf_service_codec(const codec_limits& limits = {}) noexcept;

namespace detail {

/// The parts of a frame for a body, which is the tag of its member and what follows the length. Also for the codec on
/// the generated classes.
WEBPUBSUB_DECL frame_parts protobuf_frame_parts(std::optional<std::uint64_t> sequence_id, std::string_view body,
                                                frame_prefix& memory) noexcept;

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/protobuf_service.ipp>
#endif
