// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/json_decoder.hpp>
#include <webpubsub/codec/detail/json_encoder.hpp>
#include <webpubsub/codec/json_service.hpp>
#include <webpubsub/messages/client_schema.hpp>
#include <webpubsub/messages/service_schema.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

inline result<decode_notes> decode_json_client_message(std::string_view frame, const decode_target<client_message>& out,
                                                       const codec_limits& limits) {
    return json_decoder(frame, limits, client_message_table, sink_into(out)).decode();
}

inline result<void> encode_json_service_message(const service_message& message, std::string& out) {
    if (message.index() >= service_message_table.count) return errc::not_encodable;
    json_encoder(out, *service_message_kinds[message.index()].rows, message.data()).write_frame();
    return {};
}

inline result<void> append_json_body(const service_message& message, std::string& out) {
    if (message.index() >= service_message_table.count) return errc::not_encodable;
    json_encoder(out, *service_message_kinds[message.index()].rows, message.data()).write_body();
    return {};
}

inline frame_parts json_frame_parts(std::optional<std::uint64_t> sequence_id, std::string_view body,
                                    frame_prefix& memory) noexcept {
    char* at = memory.data();
    *at++ = '{';
    if (sequence_id) {
        constexpr std::string_view name = "\"sequenceId\":";
        std::memcpy(at, name.data(), name.size());
        at = write_digits(*sequence_id, at + name.size());
        *at++ = ',';
    }
    return {{memory.data(), static_cast<std::size_t>(at - memory.data())}, body};
}

inline constexpr service_codec_functions json_service_functions{decode_json_client_message, encode_json_service_message,
                                                                append_json_body, json_frame_parts};

} // namespace detail

WEBPUBSUB_DECL service_codec json_service_codec(const codec_limits& limits) noexcept {
    return {detail::json_service_functions, subprotocols::json_v1, limits};
}

WEBPUBSUB_DECL service_codec reliable_json_service_codec(const codec_limits& limits) noexcept {
    return {detail::json_service_functions, subprotocols::json_reliable_v1, limits};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
