// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <tuple>
#include <utility>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The alternative `Message` of `out`, with the memory that it has if it is the current one.
template <class Message, class Variant>
Message& hold(Variant& out) {
    if (auto* current = std::get_if<Message>(&out)) return *current;
    return out.template emplace<Message>();
}

template <class Variant>
class message_buffer;

/// A message to decode into, again and again. A variant loses its strings when it changes its alternative; here they are
/// kept for the next message of that kind, so that a stream of mixed kinds needs no new memory.
template <class... Messages>
class message_buffer<std::variant<Messages...>> {
public:
    std::variant<Messages...> message;

    template <class Message>
    Message& hold() {
        if (auto* current = std::get_if<Message>(&message)) return *current;
        std::visit(
            [&](auto& old) { std::get<std::remove_reference_t<decltype(old)>>(kept_) = std::move(old); }, message);
        return message.template emplace<Message>(std::move(std::get<Message>(kept_)));
    }

private:
    std::tuple<Messages...> kept_;
};

/// Where a codec puts what it reads.
template <class Variant>
struct decode_target {
    Variant& message;
    /// May be null.
    message_buffer<Variant>* memory;

    template <class Message>
    Message& hold() const {
        return memory != nullptr ? memory->template hold<Message>() : webpubsub::hold<Message>(message);
    }
};

} // namespace webpubsub
