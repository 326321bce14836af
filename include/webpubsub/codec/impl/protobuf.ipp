// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/protobuf_decoder.hpp>
#include <webpubsub/codec/detail/protobuf_encoder.hpp>
#include <webpubsub/codec/protobuf.hpp>
#include <webpubsub/messages/client_schema.hpp>
#include <webpubsub/messages/service_schema.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

inline result<decode_notes> decode_protobuf_service_message(std::string_view frame,
                                                            const decode_target<service_message>& out,
                                                            const codec_limits& limits) {
    return protobuf_decoder(frame, limits, service_message_table, sink_into(out)).decode();
}

inline void encode_protobuf_client_message(std::size_t kind, const void* message, std::string& out) {
    protobuf_encoder(out, client_message_kinds[kind], message).write_frame();
}

inline std::optional<std::uint64_t> find_protobuf_sequence_id(std::string_view frame) {
    return protobuf_decoder(frame, {}, service_message_table, {}).find_sequence_id();
}

inline constexpr codec_functions protobuf_functions{decode_protobuf_service_message, encode_protobuf_client_message,
                                                    find_protobuf_sequence_id};

} // namespace detail

WEBPUBSUB_DECL codec protobuf_codec(const codec_limits& limits) noexcept {
    return {detail::protobuf_functions, subprotocols::protobuf_v1, limits};
}

WEBPUBSUB_DECL codec reliable_protobuf_codec(const codec_limits& limits) noexcept {
    return {detail::protobuf_functions, subprotocols::protobuf_reliable_v1, limits};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
