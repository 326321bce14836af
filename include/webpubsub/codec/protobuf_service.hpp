// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/protobuf_check.hpp>
#include <webpubsub/codec/detail/protobuf_reader.hpp>
#include <webpubsub/codec/detail/protobuf_writer.hpp>
#include <webpubsub/codec/detail/visit_encodable.hpp>

// The service's half of the codec of `protobuf.webpubsub.azure.v1` and `protobuf.reliable.webpubsub.azure.v1`. What it
// accepts beyond the letter of the protocol is in protobuf.hpp.

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

/// The tag of the sequence id in the messages that have one, by the tag of the message.
constexpr char sequence_id_tag(char member_tag) noexcept {
    constexpr auto data = wire_tag(description<group_data_message>::number, wire_type::length);
    return wire_tag(member_tag == data ? 4 : 3, wire_type::varint);
}

/// A body is the tag of its member and what follows the length.
inline frame_parts protobuf_frame_parts(std::optional<std::uint64_t> sequence_id, std::string_view body,
                                        frame_prefix& memory) noexcept {
    char* const begin = memory.data();
    char* end = begin;
    *end++ = body.front();
    const auto rest = body.substr(1);
    if (sequence_id) {
        end = write_varint(rest.size() + 1 + varint_size(*sequence_id), end);
        *end++ = sequence_id_tag(body.front());
        end = write_varint(*sequence_id, end);
    } else {
        end = write_varint(rest.size(), end);
    }
    return {{begin, static_cast<std::size_t>(end - begin)}, rest};
}

inline constexpr service_codec_functions protobuf_service_functions{
    [](std::string_view frame, const decode_target<client_message>& out,
       const codec_limits& limits) -> result<decode_notes> {
        if (auto read = protobuf_message_reader<client_message>::read(frame, out, limits); !read) return read.error();
        return decode_notes{};
    },
    [](const service_message& message, std::string& out) {
        return visit_encodable(message, [&](const auto& alternative) { append_frame(alternative, out); });
    },
    [](const service_message& message, std::string& out) {
        return visit_encodable(message, [&](const auto& alternative) { append_frame_body(alternative, out); });
    },
    protobuf_frame_parts,
    check_protobuf_payload,
};

} // namespace detail

/// `protobuf.webpubsub.azure.v1`.
inline service_codec protobuf_service_codec(const codec_limits& limits = {}) {
    return {detail::protobuf_service_functions, subprotocols::protobuf_v1, limits};
}

/// `protobuf.reliable.webpubsub.azure.v1`.
inline service_codec reliable_protobuf_service_codec(const codec_limits& limits = {}) {
    return {detail::protobuf_service_functions, subprotocols::protobuf_reliable_v1, limits};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
