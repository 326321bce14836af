// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/protobuf_check.hpp>
#include <webpubsub/codec/detail/protobuf_reader.hpp>
#include <webpubsub/codec/detail/protobuf_writer.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

inline constexpr codec_functions protobuf_functions{
    [](std::string_view frame, const decode_target<service_message>& out,
       const codec_limits& limits) -> result<decode_notes> {
        if (auto read = protobuf_message_reader<service_message>::read(frame, out, limits); !read) return read.error();
        return decode_notes{};
    },
    [](std::size_t kind, const void* message, std::string& out) {
        alternative_visitor<client_message>::visit(kind, message,
                                                   [&](const auto& alternative) { append_frame(alternative, out); });
    },
    [](std::string_view) -> std::optional<std::uint64_t> { return std::nullopt; },
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

} // namespace webpubsub::inline WEBPUBSUB_MODE
