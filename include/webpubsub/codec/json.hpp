// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/json_check.hpp>
#include <webpubsub/codec/detail/json_reader.hpp>
#include <webpubsub/codec/detail/json_writer.hpp>

// The codec of `json.webpubsub.azure.v1` and `json.reliable.webpubsub.azure.v1`. It uses Boost.JSON's parser (not its
// values), so a program that includes this links Boost.JSON or has its source in one of its files.
//
// What it accepts beyond the letter of the protocol, because peers in the field write it:
//   - `type` and `dataType` in any case; unknown properties; of repeated properties the last;
//   - `userId` and `fromUserId` missing, null or empty: all mean that there is no user;
//   - a sequence id as a string of digits; ids up to 2^64 - 1;
//   - `"dataType":"protobuf"` with base64 of a `google.protobuf.Any` from a client, as the SDKs write it;
//   - JSON `null` as data;
//   - metadata without data, and the end of a stream without data, which is an empty text;
//   - a fragment of a stream without `dataType`, whose data then is JSON as elsewhere;
//   - of the service a failure without an error, and errors without a name or a message.
// Everything else that is wrong is an error.

namespace webpubsub::inline WEBPUBSUB_MODE {
namespace detail {

inline constexpr codec_functions json_functions{
    [](std::string_view frame, const decode_target<service_message>& out,
       const codec_limits& limits) -> result<decode_notes> {
        if (auto read = json_message_reader<service_message>::read(frame, out, limits); !read) return read.error();
        return decode_notes{};
    },
    [](std::size_t kind, const void* message, std::string& out) {
        out.push_back('{');
        alternative_visitor<client_message>::visit(
            kind, message, [&](const auto& alternative) { json_writer(out).write_body(alternative, true); });
    },
    [](std::string_view frame) -> std::optional<std::uint64_t> {
        json_object object;
        std::uint64_t id = 0;
        if (!object.read(frame, {}) || !read_sequence_id(object[key::sequence_id], id)) return std::nullopt;
        return id;
    },
    check_payload,
};

} // namespace detail

/// `json.webpubsub.azure.v1`.
inline codec json_codec(const codec_limits& limits = {}) {
    return {detail::json_functions, subprotocols::json_v1, limits};
}

/// `json.reliable.webpubsub.azure.v1`.
inline codec reliable_json_codec(const codec_limits& limits = {}) {
    return {detail::json_functions, subprotocols::json_reliable_v1, limits};
}

/// A payload of `json_text`, checked to be one JSON value: `errc::invalid_json` or `errc::too_deep` with the offset.
[[nodiscard]] inline result<payload> checked_json_payload(std::string json_text, const codec_limits& limits = {}) {
    if (auto checked = detail::check_json(json_text, limits.max_data_depth); !checked) return checked.error();
    return json_payload(std::move(json_text));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
