// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/codec/codec.hpp>

#include <string>
#include <type_traits>

// What the parts of a client are tested with instead of a real encoding: a frame is one line that a test can be read
// by, and no parser is compiled.

namespace webpubsub::tests {

template <class Message>
std::string line_of(const Message& it) {
    if constexpr (std::is_same_v<Message, start_stream_message>) {
        std::string line = "start " + it.group + "/" + it.stream.stream_id;
        if (it.no_echo) line += " noEcho";
        if (it.stream.idle_timeout_ms) line += " idle=" + std::to_string(*it.stream.idle_timeout_ms);
        if (it.ttl_seconds != 0) line += " ttl=" + std::to_string(it.ttl_seconds);
        for (const auto& [key, value] : it.metadata) line += " " + key + "=" + value;
        return line;
    } else if constexpr (std::is_same_v<Message, stream_data_message>) {
        return it.stream_id + " " + std::to_string(it.stream_sequence_id) + " " + it.data.bytes;
    } else if constexpr (std::is_same_v<Message, stream_keep_alive_message>) {
        return it.stream_id + " alive";
    } else if constexpr (std::is_same_v<Message, end_stream_message>) {
        return it.stream_id + " end" +
               (it.error ? " " + it.error->message + "/" + it.error->user_error_code : std::string());
    } else if constexpr (std::is_same_v<Message, invoke_message>) {
        std::string line = "invoke " + it.invocation_id + " " + it.event;
        if (it.data) line += " " + it.data->bytes;
        for (const auto& [key, value] : it.metadata) line += " " + key + "=" + value;
        return line;
    } else if constexpr (std::is_same_v<Message, cancel_invocation_message>) {
        return "cancel " + it.invocation_id;
    } else {
        return "?";
    }
}

inline codec line_codec() {
    static constexpr codec_functions functions{nullptr,
                                               [](std::size_t kind, const void* message, std::string& out) {
                                                   visit([&](const auto& it) { out += line_of(it); },
                                                         client_message(kind, message));
                                               },
                                               nullptr};
    return codec(functions, subprotocols::json_reliable_v1);
}

/// A ticket by its number.
inline client_parts::ticket at(std::uint64_t number) { return client_parts::ticket{number}; }

} // namespace webpubsub::tests
