// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace webpubsub::fuzz {

[[noreturn]] inline void fail(const char* promise) {
    std::fprintf(stderr, "broken: %s\n", promise);
    std::abort();
}

inline void require(bool holds, const char* promise) {
    if (!holds) fail(promise);
}

inline bool encode(const codec& c, const client_message& message, std::string& out) {
    c.encode(message, out);
    return true;
}

inline bool encode(const codec& c, const service_message& message, std::string& out) {
    return c.encode(message, out).has_value();
}

/// Decodes; what can be decoded must encode, and decode to the same again, also into memory that held another message.
template <class Message>
void round_trip(std::span<const std::uint8_t> bytes, Message& reused) {
    const auto c = reliable_json_codec();
    const std::string_view frame(reinterpret_cast<const char*>(bytes.data()), bytes.size());

    Message message;
    const auto decoded = c.decode(frame, message);
    const auto again = c.decode(frame, reused);
    require(decoded.has_value() == again.has_value(), "a reused target changes no verdict");
    if (!decoded) {
        require(decoded.error() == again.error(), "a reused target changes no error");
        require(decoded.error().offset <= frame.size(), "an error is inside its frame");
        return;
    }
    require(message == reused, "a reused target changes no message");

    std::string encoded;
    if (!encode(c, message, encoded)) {
        if constexpr (std::is_same_v<Message, service_message>) {
            require(std::holds_alternative<unknown_message>(message), "only unknown messages can't be encoded");
        }
        return;
    }
    Message same;
    require(c.decode(encoded, same).has_value(), "what is encoded can be decoded");
    require(message == same, "decoding what was encoded gives the message");
    std::string stable;
    require(encode(c, same, stable) && stable == encoded, "encoding is stable");
}

} // namespace webpubsub::fuzz
