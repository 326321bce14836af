// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Frames as the JSON subprotocols write them, made and read without the library.

namespace webpubsub::tests {

/// The value of a member that is a string without escapes; empty if there is none.
inline std::string text_field(std::string_view frame, std::string_view name) {
    const auto key = '"' + std::string(name) + "\":\"";
    const auto at = frame.find(key);
    if (at == std::string_view::npos) return {};
    const auto start = at + key.size();
    return std::string(frame.substr(start, frame.find('"', start) - start));
}

/// The value of a member that is a whole number; 0 if there is none.
inline std::uint64_t number_field(std::string_view frame, std::string_view name) {
    const auto key = '"' + std::string(name) + "\":";
    const auto at = frame.find(key);
    if (at == std::string_view::npos) return 0;
    std::uint64_t value = 0;
    for (auto i = at + key.size(); i < frame.size() && frame[i] >= '0' && frame[i] <= '9'; ++i) {
        value = value * 10 + static_cast<std::uint64_t>(frame[i] - '0');
    }
    return value;
}

/// What kind of message a client's frame is and what it is about: `joinGroup g`, `event e`, `openStream s`,
/// `streamData s 1`, `streamEnd s`, `invoke e`, `cancelInvocation 1`, `ping`.
inline std::string summary_of(std::string_view frame) {
    auto type = text_field(frame, "type");
    const bool opens_stream = type == "sendToGroup" && frame.find("\"stream\":{") != std::string_view::npos;
    if (opens_stream) return "openStream " + text_field(frame, "streamId");
    if (type == "streamData") {
        const auto number = number_field(frame, "streamSequenceId");
        return "streamData " + text_field(frame, "streamId") + (number == 0 ? "" : " " + std::to_string(number));
    }
    for (const auto* name : {"group", "streamId", "event", "invocationId"}) {
        if (const auto value = text_field(frame, name); !value.empty()) return type + " " + value;
    }
    return type;
}

inline std::string connected_frame(std::string_view id, std::string_view token = "token") {
    return R"({"type":"system","event":"connected","userId":"u","connectionId":")" + std::string(id) +
           R"(","reconnectionToken":")" + std::string(token) + "\"}";
}

inline std::string ack(std::uint64_t id) {
    return R"({"type":"ack","ackId":)" + std::to_string(id) + R"(,"success":true})";
}

inline std::string nack(std::uint64_t id, std::string_view name) {
    return R"({"type":"ack","ackId":)" + std::to_string(id) + R"(,"success":false,"error":{"name":")" +
           std::string(name) + R"(","message":"m"}})";
}

inline std::string group_text(std::uint64_t sequence_id, std::string_view text) {
    return R"({"sequenceId":)" + std::to_string(sequence_id) +
           R"(,"type":"message","from":"group","group":"g","dataType":"text","data":")" + std::string(text) + "\"}";
}

/// A message of a group stream as its subscribers get it on a plain subprotocol.
inline std::string stream_message(std::string_view stream_id, std::uint64_t number, std::string_view text,
                                  bool end = false) {
    return R"({"type":"message","from":"group","group":"g","dataType":"text","data":")" + std::string(text) +
           R"(","fromUserId":"u","stream":{"streamId":")" + std::string(stream_id) + R"(","streamSequenceId":)" +
           std::to_string(number) + (end ? R"(,"endOfStream":true)" : "") + "}}";
}

inline std::string stream_ack(std::string_view id, std::uint64_t expected) {
    return R"({"type":"streamAck","streamId":")" + std::string(id) + R"(","expectedSequenceId":)" +
           std::to_string(expected) + "}";
}

inline std::string stream_closed_frame(std::string_view id, std::string_view error = {}) {
    const auto frame = R"({"type":"streamClosed","streamId":")" + std::string(id) + "\"";
    return error.empty() ? frame + "}" : frame + R"(,"error":{"name":")" + std::string(error) + R"(","message":"m"}})";
}

} // namespace webpubsub::tests
