// SPDX-License-Identifier: MIT
#pragma once

#include "competitors.hpp"
#include "support/full_codec.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>

namespace webpubsub::inline WEBPUBSUB_MODE::bench {

// A codec against the competitors that are compiled in. Decoding is into a message that is used again and owns its
// data, encoding into a string that is used again.

template <class Message>
std::string encoded(const test::full_codec& form, const Message& message) {
    std::string frame;
    if (!form.encode(message, frame)) std::abort();
    return frame;
}

inline std::string title(const test::full_codec& form, const char* work, const char* what, const std::string& frame) {
    const bool is_json = form.protocol().encoding == encoding::json;
    return std::string(is_json ? "JSON " : "protobuf ") + work + ", " + what + ", " + std::to_string(frame.size()) +
           " bytes";
}

template <class Message>
comparison decoding(const test::full_codec& form, const char* what, const Message& message, bool has_targets) {
    const auto frame = encoded(form, message);
    Message out;
    require(form.decode(frame, out) && out == message, "webpubsub");
    const auto work = [form, frame, out]() mutable {
        if (!form.decode(frame, out)) std::abort();
    };
    return {title(form, "decode", what, frame), work, has_targets};
}

inline void compare_group_message(const test::full_codec& form, const char* what, const group_data_message& message,
                                  bool has_targets) {
    const auto frame = encoded<service_message>(form, message);
    const auto work = [form, held = service_message(message), out = frame]() mutable {
        out.clear();
        if (!form.encode(held, out)) std::abort();
    };
    auto decode = decoding<service_message>(form, what, message, has_targets);
    comparison encode(title(form, "encode", what, frame), work, has_targets);
    for (const auto& each : competitors()) {
        if (each.decode != nullptr) each.decode(frame, message, decode);
        if (each.encode != nullptr) each.encode(frame, message, encode);
    }
    decode.run();
    encode.run();
}

/// Against parsers by themselves, which take nothing out of the frame.
template <class Message>
void compare_parsing(const test::full_codec& form, const char* what, const Message& message) {
    auto decode = decoding(form, what, message, false);
    for (const auto& each : competitors()) {
        if (each.parse != nullptr) each.parse(encoded(form, message), std::is_same_v<Message, client_message>, decode);
    }
    decode.run();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::bench
