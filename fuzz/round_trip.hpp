// SPDX-License-Identifier: MIT
#pragma once

#include "promise.hpp"
#include "support/full_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {

/// What takes the place of half of a surrogate pair can't be metadata, which is ASCII: such a message has no frame.
inline bool may_be_in_metadata(const decode_notes& notes) {
    // Only the first name is told, so it may be another one.
    return notes.replaced_in_name != nullptr;
}

/// Decodes; what can be decoded must encode, and decode to the same again, also into memory that held other messages.
template <class Message>
void round_trip(const test::full_codec& c, std::string_view frame, message_buffer<Message>& buffer, Message& reused) {
    Message message;
    const auto decoded = c.decode(frame, message);
    for (const auto& again : {c.decode(frame, reused), c.decode(frame, buffer)}) {
        require(decoded.has_value() == again.has_value(), "a reused target changes no verdict");
        if (!decoded) require(decoded.error() == again.error(), "a reused target changes no error");
        if (decoded) require(*decoded == *again, "a reused target changes no note");
    }
    if (!decoded) {
        const auto offset = decoded.error().offset;
        require(offset == error::no_offset || offset <= frame.size(), "an error is inside its frame");
        return;
    }
    require(message == reused && message == buffer.message(), "a reused target changes no message");

    std::string encoded;
    if (!c.encode(message, encoded)) {
        if constexpr (std::is_same_v<Message, service_message>) {
            require(holds_alternative<unknown_message>(message), "only unknown messages can't be encoded");
        }
        return;
    }
    Message same;
    const auto decoded_again = c.decode(encoded, same);
    if (may_be_in_metadata(*decoded)) return;
    require(decoded_again.has_value() && decoded_again->empty(), "what is encoded can be decoded");
    require(message == same, "decoding what was encoded gives the message");
    std::string stable;
    require(c.encode(same, stable) && stable == encoded, "encoding is stable");
}

/// The same with targets that live as long as the program.
template <class Message>
void round_trip(const test::full_codec& c, std::string_view frame) {
    static message_buffer<Message> buffer;
    static Message reused;
    round_trip(c, frame, buffer, reused);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz
