// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/json_check.hpp>
#include <webpubsub/codec/detail/json_reader.hpp>
#include <webpubsub/codec/detail/json_writer.hpp>
#include <webpubsub/codec/detail/visit_encodable.hpp>

#include <cstring>

// The service's half of the codec of `json.webpubsub.azure.v1` and `json.reliable.webpubsub.azure.v1`. What it accepts
// beyond the letter of the protocol is in json.hpp.

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

inline frame_parts json_frame_parts(std::optional<std::uint64_t> sequence_id, std::string_view body,
                                    frame_prefix& memory) noexcept {
    char* const begin = memory.data();
    begin[0] = '{';
    if (!sequence_id) return {{begin, 1}, body};
    constexpr std::string_view name = "\"sequenceId\":";
    std::memcpy(begin + 1, name.data(), name.size());
    char* end = std::to_chars(begin + 1 + name.size(), begin + memory.size(), *sequence_id).ptr;
    *end++ = ',';
    return {{begin, static_cast<std::size_t>(end - begin)}, body};
}

inline constexpr service_codec_functions json_service_functions{
    [](std::string_view frame, const decode_target<client_message>& out,
       const codec_limits& limits) -> result<decode_notes> {
        if (auto read = json_message_reader<client_message>::read(frame, out, limits); !read) return read.error();
        return decode_notes{};
    },
    [](const service_message& message, std::string& out) {
        return visit_encodable(message, [&](const auto& alternative) {
            std::optional<std::uint64_t> sequence_id;
            if constexpr (requires { alternative.sequence_id; }) sequence_id = alternative.sequence_id;
            frame_prefix memory;
            out.append(json_frame_parts(sequence_id, {}, memory).prefix);
            json_writer(out).write_body(alternative, false);
        });
    },
    [](const service_message& message, std::string& out) {
        return visit_encodable(message,
                               [&](const auto& alternative) { json_writer(out).write_body(alternative, false); });
    },
    json_frame_parts,
    check_payload,
};

} // namespace detail

/// `json.webpubsub.azure.v1`.
inline service_codec json_service_codec(const codec_limits& limits = {}) {
    return {detail::json_service_functions, subprotocols::json_v1, limits};
}

/// `json.reliable.webpubsub.azure.v1`.
inline service_codec reliable_json_service_codec(const codec_limits& limits = {}) {
    return {detail::json_service_functions, subprotocols::json_reliable_v1, limits};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
