// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/codec/codec.hpp>

#include <string>
#include <type_traits>
#include <variant>

// What the parts of a client are tested with instead of a real encoding: a frame is one line that a test can be read
// by, and no parser is compiled.

namespace webpubsub::tests {

inline std::string line_of(const client_message& message) {
    return std::visit(
        [](const auto& it) -> std::string {
            using type = std::decay_t<decltype(it)>;
            if constexpr (std::is_same_v<type, start_stream_message>) {
                std::string line = "start " + it.group + "/" + it.stream.stream_id;
                if (it.no_echo) line += " noEcho";
                if (it.stream.idle_timeout_ms) line += " idle=" + std::to_string(*it.stream.idle_timeout_ms);
                if (it.ttl_seconds != 0) line += " ttl=" + std::to_string(it.ttl_seconds);
                for (const auto& [key, value] : it.metadata) line += " " + key + "=" + value;
                return line;
            } else if constexpr (std::is_same_v<type, stream_data_message>) {
                return it.stream_id + " " + std::to_string(it.stream_sequence_id) + " " + it.data.bytes;
            } else if constexpr (std::is_same_v<type, stream_keep_alive_message>) {
                return it.stream_id + " alive";
            } else if constexpr (std::is_same_v<type, end_stream_message>) {
                return it.stream_id + " end" +
                       (it.error ? " " + it.error->message + "/" + it.error->user_error_code : std::string());
            } else if constexpr (std::is_same_v<type, invoke_message>) {
                std::string line = "invoke " + it.invocation_id + " " + it.event;
                if (it.data) line += " " + it.data->bytes;
                for (const auto& [key, value] : it.metadata) line += " " + key + "=" + value;
                return line;
            } else if constexpr (std::is_same_v<type, cancel_invocation_message>) {
                return "cancel " + it.invocation_id;
            } else {
                return "?";
            }
        },
        message);
}

inline codec line_codec() {
    static constexpr codec_functions functions{
        nullptr, [](const client_message& message, std::string& out) { out += line_of(message); }, nullptr};
    return codec(functions, subprotocols::json_reliable_v1);
}

/// A ticket by its number.
inline client_parts::ticket at(std::uint64_t number) { return client_parts::ticket{number}; }

} // namespace webpubsub::tests
