// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>

#include <cstddef>
#include <string>
#include <utility>

// The messages of the benchmarks.

namespace webpubsub::inline WEBPUBSUB_MODE::bench {

/// How long the group messages are as JSON.
inline constexpr std::size_t group_frame_size = 308;

inline group_data_message group_message(payload data) {
    return {184467, "contoso-chat", std::move(data), "ada@contoso.example"};
}

/// A text in which something must be escaped. Its length makes the frame `group_frame_size` bytes long.
inline group_data_message escaped_text_message() {
    std::string text = "Shipped: order 20417 to \"Contoso, North\".\nGr\xc3\xbc\xc3\x9f"
                       "e, and see you there! ";
    while (text.size() < 166) text.append("Lorem ipsum ");
    text.resize(166);
    return group_message(text_payload(std::move(text)));
}

inline group_data_message text_message() {
    std::string text;
    while (text.size() < 169) text.append("Lorem ipsum dolor sit amet ");
    text.resize(169);
    return group_message(text_payload(std::move(text)));
}

inline group_data_message json_message() {
    return group_message(
        json_payload(R"({"kind":"chat","id":"01H8XGJWBWBA","text":"Shipped to \"Contoso, North\".","at":170000000012,)"
                     R"("tags":["order","eu"],"position":{"x":1.5,"y":-7},"reply":null,"edited":false})"));
}

/// JSON of at least so many bytes.
inline group_data_message long_json_message(std::size_t size) {
    std::string data = "[";
    while (data.size() < size) {
        data.append(data.size() == 1 ? "" : ",").append(json_message().data.bytes);
    }
    return group_message(json_payload(data + "]"));
}

inline group_data_message binary_message(std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i * 167 + i / 256));
    return group_message(binary_payload(std::move(bytes)));
}

inline ack_message ack() { return {4711, {}}; }

inline send_to_group_message send_to_group() {
    return {"contoso-chat", 4711, true, text_payload("hello, world"), {}, 0};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::bench
