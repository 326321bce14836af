// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/protobuf_decoder.hpp>
#include <webpubsub/codec/detail/protobuf_encoder.hpp>
#include <webpubsub/codec/protobuf_service.hpp>
#include <webpubsub/messages/client_schema.hpp>
#include <webpubsub/messages/service_schema.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

inline result<decode_notes> decode_protobuf_client_message(std::string_view frame,
                                                           const decode_target<client_message>& out,
                                                           const codec_limits& limits) {
    return protobuf_decoder(frame, limits, client_message_table, sink_into(out)).decode();
}

inline result<void> encode_protobuf_service_message(const service_message& message, std::string& out) {
    if (message.index() >= service_message_table.count) return errc::not_encodable;
    protobuf_encoder(out, service_message_kinds[message.index()], message.data()).write_frame();
    return {};
}

inline result<void> append_protobuf_body(const service_message& message, std::string& out) {
    if (message.index() >= service_message_table.count) return errc::not_encodable;
    protobuf_encoder(out, service_message_kinds[message.index()], message.data()).write_body();
    return {};
}

/// The number of the sequence id in the message with this number.
constexpr std::uint32_t sequence_id_number(std::uint32_t number) noexcept {
    for (const auto& kind : service_message_kinds) {
        if (kind.number == number && kind.rows->rows[0].in_prefix) return kind.rows->rows[0].number;
    }
    return 0;
}

WEBPUBSUB_DECL frame_parts protobuf_frame_parts(std::optional<std::uint64_t> sequence_id, std::string_view body,
                                                frame_prefix& memory) noexcept {
    char* at = memory.data();
    *at++ = body.front();
    const auto rest = body.substr(1);
    if (sequence_id) {
        at = write_varint(rest.size() + 1 + varint_size(*sequence_id), at);
        // Field numbers of messages and of sequence ids are below 16: their tags are one byte.
        const auto number = sequence_id_number(static_cast<unsigned char>(body.front()) >> 3);
        at = write_varint(*sequence_id, write_varint(number << 3, at));
    } else {
        at = write_varint(rest.size(), at);
    }
    return {{memory.data(), static_cast<std::size_t>(at - memory.data())}, rest};
}

inline constexpr service_codec_functions protobuf_service_functions{
    decode_protobuf_client_message, encode_protobuf_service_message, append_protobuf_body, protobuf_frame_parts};

} // namespace detail

WEBPUBSUB_DECL service_codec protobuf_service_codec(const codec_limits& limits) noexcept {
    return {detail::protobuf_service_functions, subprotocols::protobuf_v1, limits};
}

WEBPUBSUB_DECL service_codec reliable_protobuf_service_codec(const codec_limits& limits) noexcept {
    return {detail::protobuf_service_functions, subprotocols::protobuf_reliable_v1, limits};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
