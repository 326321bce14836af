// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/protobuf_reader.hpp>
#include <webpubsub/codec/detail/protobuf_writer.hpp>
#include <webpubsub/text/utf8.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

// The codec of `protobuf.webpubsub.azure.v1` and `protobuf.reliable.webpubsub.azure.v1`, for the schema in
// proto/webpubsub.v1.proto. It needs neither protobuf's library nor generated code, nor anything else to link.
//
// It takes what protobuf's own parser takes, and means the same: unknown fields and groups are passed over, a known
// field of another wire type is an unknown one, of repeated scalars the last counts, repeated messages are merged, of a
// oneof the last member counts. Beyond the letter of the protocol it accepts, because peers in the field write it:
//   - JSON in `json_data` from a client, which the documentation does not have;
//   - metadata without data, and the end of a stream without data, which is an empty text;
//   - of the service a failure without an error.
// JSON is not looked into: who puts it into a JSON frame checks it (`codec::check` of a JSON codec), as a hub does.

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

/// The tag of the sequence id in the messages that have one, by the tag of the message.
constexpr char sequence_id_tag(char member_tag) noexcept {
    constexpr auto data = wire_tag(description<group_data_message>::number, wire_type::length);
    return wire_tag(member_tag == data ? 4 : 3, wire_type::varint);
}

/// A body is the tag of its member and what follows the length.
inline frame_parts split_protobuf(std::optional<std::uint64_t> sequence_id, std::string_view body,
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

inline result<void> check_protobuf_payload(const payload& data, const codec_limits&) {
    if (data.type == data_type::text || data.type == data_type::json) {
        const auto invalid = find_invalid_utf8(data.bytes);
        if (invalid != std::string_view::npos) return error{errc::invalid_payload, invalid};
    }
    if (data.type == data_type::protobuf && !is_any(data.bytes)) return errc::invalid_payload;
    return {};
}

inline constexpr codec_functions protobuf_functions{
    [](std::string_view frame, const decode_target<client_message>& out, const codec_limits& limits) {
        return protobuf_message_reader<client_message>::read(frame, out, limits);
    },
    [](std::string_view frame, const decode_target<service_message>& out, const codec_limits& limits) {
        return protobuf_message_reader<service_message>::read(frame, out, limits);
    },
    [](const client_message& message, std::string& out) {
        std::visit([&](const auto& alternative) { append_frame(alternative, out); }, message);
    },
    [](const service_message& message, std::string& out) {
        return visit_encodable(message, [&](const auto& alternative) { append_frame(alternative, out); });
    },
    [](const service_message& message, std::string& out) {
        return visit_encodable(message, [&](const auto& alternative) { append_frame_body(alternative, out); });
    },
    split_protobuf,
    check_protobuf_payload,
};

} // namespace detail

/// `protobuf.webpubsub.azure.v1`.
inline codec protobuf_codec(const codec_limits& limits = {}) {
    return {detail::protobuf_functions, subprotocols::protobuf_v1, limits};
}

/// `protobuf.reliable.webpubsub.azure.v1`.
inline codec reliable_protobuf_codec(const codec_limits& limits = {}) {
    return {detail::protobuf_functions, subprotocols::protobuf_reliable_v1, limits};
}

} // namespace webpubsub
