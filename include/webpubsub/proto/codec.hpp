// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/protobuf_decoder.hpp>
#include <webpubsub/codec/protobuf_service.hpp>
#include <webpubsub/messages/service_schema.hpp>
#include <webpubsub/proto/client_conversion.hpp>
#include <webpubsub/proto/service_conversion.hpp>
#include <webpubsub/variant.hpp>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

// The protobuf subprotocols' codec on top of the generated classes; part of the component `proto`. It does what
// codec/protobuf.hpp does, slower, for programs that have the generated classes anyway, and to hold one against the
// other. The entries of maps are written in the order of their keys.

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

template <class Generated, class Variant>
result<decode_notes> parse_generated(std::string_view frame, const decode_target<Variant>& out) {
    if (frame.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return errc::frame_too_large;
    Generated parsed;
    if (!parsed.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) return errc::invalid_protobuf;
    auto message = webpubsub::from_generated(parsed);
    if (!message) return message.error();
    out.select(message->index()) = std::move(*message);
    return decode_notes{};
}

inline void append_generated(const google::protobuf::Message& message, std::string& out) {
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        message.SerializeToCodedStream(&coded);
    }
    out.append(bytes);
}

/// See `protobuf_frame_parts`: the tag of the member and what follows its length.
inline result<void> append_generated_body(const service_message& message, std::string& out) {
    if (holds_alternative<unknown_message>(message)) return errc::not_encodable;
    auto generated = webpubsub::to_generated(message);
    if (generated.has_data_message()) generated.mutable_data_message()->clear_sequence_id();
    if (generated.has_group_state_snapshot_message()) {
        generated.mutable_group_state_snapshot_message()->clear_sequence_id();
    }
    if (generated.has_group_state_update_message()) generated.mutable_group_state_update_message()->clear_sequence_id();
    std::string frame;
    append_generated(generated, frame);
    out.push_back(frame.front());
    std::size_t at = 1;
    while (static_cast<unsigned char>(frame[at]) >= 0x80) ++at;
    out.append(frame, at + 1);
    return {};
}

inline constexpr codec_functions generated_functions{
    [](std::string_view frame, const decode_target<service_message>& out, const codec_limits&) {
        return parse_generated<pb::DownstreamMessage>(frame, out);
    },
    [](std::size_t kind, const void* message, std::string& out) {
        append_generated(webpubsub::to_generated(client_message(kind, message)), out);
    },
    [](std::string_view frame) -> std::optional<std::uint64_t> {
        return protobuf_decoder(frame, {}, service_message_table, {}).find_sequence_id();
    },
};

inline constexpr service_codec_functions generated_service_functions{
    [](std::string_view frame, const decode_target<client_message>& out, const codec_limits&) {
        return parse_generated<pb::UpstreamMessage>(frame, out);
    },
    [](const service_message& message, std::string& out) -> result<void> {
        if (holds_alternative<unknown_message>(message)) return errc::not_encodable;
        append_generated(webpubsub::to_generated(message), out);
        return {};
    },
    append_generated_body,
    protobuf_frame_parts,
};

} // namespace detail

/// `protobuf.webpubsub.azure.v1`. Of the limits none but the parser's own apply.
inline codec generated_protobuf_codec() { return {detail::generated_functions, subprotocols::protobuf_v1}; }

/// `protobuf.reliable.webpubsub.azure.v1`.
inline codec reliable_generated_protobuf_codec() {
    return {detail::generated_functions, subprotocols::protobuf_reliable_v1};
}

/// The service's half of `protobuf.webpubsub.azure.v1`.
inline service_codec generated_protobuf_service_codec() {
    return {detail::generated_service_functions, subprotocols::protobuf_v1};
}

/// The service's half of `protobuf.reliable.webpubsub.azure.v1`.
inline service_codec reliable_generated_protobuf_service_codec() {
    return {detail::generated_service_functions, subprotocols::protobuf_reliable_v1};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
