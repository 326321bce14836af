// SPDX-License-Identifier: MIT
#pragma once

#include "promise.hpp"

#include <webpubsub/codec/codec.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {

inline bool encode(const codec& c, const client_message& message, std::string& out) {
    c.encode(message, out);
    return true;
}

inline bool encode(const codec& c, const service_message& message, std::string& out) {
    return c.encode(message, out).has_value();
}

/// Decodes; what can be decoded must encode, and decode to the same again, also into memory that held other messages.
template <class Message>
void round_trip(const codec& c, std::string_view frame, message_buffer<Message>& buffer, Message& reused) {
    Message message;
    const auto decoded = c.decode(frame, message);
    for (const auto& again : {c.decode(frame, reused), c.decode(frame, buffer)}) {
        require(decoded.has_value() == again.has_value(), "a reused target changes no verdict");
        if (!decoded) require(decoded.error() == again.error(), "a reused target changes no error");
    }
    if (!decoded) {
        const auto offset = decoded.error().offset;
        require(offset == error::no_offset || offset <= frame.size(), "an error is inside its frame");
        return;
    }
    require(message == reused && message == buffer.message, "a reused target changes no message");

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

/// The same with targets that live as long as the program.
template <class Message>
void round_trip(const codec& c, std::string_view frame) {
    static message_buffer<Message> buffer;
    static Message reused;
    round_trip(c, frame, buffer, reused);
}

} // namespace webpubsub::fuzz
