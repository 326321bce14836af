// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/codec/detail/json_reader.hpp>
#include <webpubsub/codec/detail/json_writer.hpp>
#include <webpubsub/text/utf8.hpp>

#include <array>
#include <cstring>
#include <type_traits>

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

inline frame_parts split_json(std::optional<std::uint64_t> sequence_id, std::string_view body,
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

inline constexpr codec_functions json_functions{
    [](std::string_view frame, const decode_target<client_message>& out, const codec_limits& limits) {
        return json_message_reader<client_message>::read(frame, out, limits);
    },
    [](std::string_view frame, const decode_target<service_message>& out, const codec_limits& limits) {
        return json_message_reader<service_message>::read(frame, out, limits);
    },
    [](const client_message& message, std::string& out) {
        out.push_back('{');
        std::visit([&](const auto& alternative) { json_writer(out).write_body(alternative, true); }, message);
    },
    [](const service_message& message, std::string& out) {
        return visit_encodable(message, [&](const auto& alternative) {
            std::optional<std::uint64_t> sequence_id;
            if constexpr (requires { alternative.sequence_id; }) sequence_id = alternative.sequence_id;
            frame_prefix memory;
            out.append(split_json(sequence_id, {}, memory).prefix);
            json_writer(out).write_body(alternative, false);
        });
    },
    [](const service_message& message, std::string& out) {
        return visit_encodable(message,
                               [&](const auto& alternative) { json_writer(out).write_body(alternative, false); });
    },
    split_json,
    [](const payload& data, const codec_limits& limits) -> result<void> {
        if (data.type == data_type::json) {
            const auto checked = check_json(data.bytes, limits.max_data_depth);
            if (!checked) return error{errc::invalid_payload, checked.error().offset};
        }
        if (data.type == data_type::text) {
            const auto invalid = find_invalid_utf8(data.bytes);
            if (invalid != std::string_view::npos) return error{errc::invalid_payload, invalid};
        }
        if (data.type == data_type::protobuf && !is_any(data.bytes)) return errc::invalid_payload;
        return {};
    },
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

} // namespace webpubsub
