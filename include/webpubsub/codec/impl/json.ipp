// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/json_decoder.hpp>
#include <webpubsub/codec/detail/json_encoder.hpp>
#include <webpubsub/codec/json.hpp>
#include <webpubsub/messages/client_schema.hpp>
#include <webpubsub/messages/service_schema.hpp>
#include <webpubsub/text/json_text.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

inline result<decode_notes> decode_json_service_message(std::string_view frame,
                                                        const decode_target<service_message>& out,
                                                        const codec_limits& limits) {
    return json_decoder(frame, limits, service_message_table, sink_into(out)).decode();
}

inline void encode_json_client_message(std::size_t kind, const void* message, std::string& out) {
    json_encoder(out, *client_message_kinds[kind].rows, message).write_frame();
}

inline std::optional<std::uint64_t> find_json_sequence_id(std::string_view frame) {
    return json_decoder(frame, {}, service_message_table, {}).find_sequence_id();
}

inline constexpr codec_functions json_functions{decode_json_service_message, encode_json_client_message,
                                                find_json_sequence_id};

} // namespace detail

WEBPUBSUB_DECL codec json_codec(const codec_limits& limits) noexcept {
    return {detail::json_functions, subprotocols::json_v1, limits};
}

WEBPUBSUB_DECL codec reliable_json_codec(const codec_limits& limits) noexcept {
    return {detail::json_functions, subprotocols::json_reliable_v1, limits};
}

WEBPUBSUB_DECL result<payload> checked_json_payload(std::string json_text, const codec_limits& limits) {
    if (auto checked = check_json(json_text, limits.max_data_depth); !checked) return checked.error();
    return json_payload(std::move(json_text));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
