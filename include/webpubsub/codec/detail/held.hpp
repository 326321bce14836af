// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/message_buffer.hpp>

#include <cstddef>
#include <type_traits>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The alternative `Message` of `out`, with the memory that it has if it is the current one.
template <class Message, class Variant>
Message& hold(Variant& out) {
    if (auto* current = std::get_if<Message>(&out)) return *current;
    return out.template emplace<Message>();
}

template <class Message, class Variant>
struct index_in;
template <class Message, class First, class... Rest>
struct index_in<Message, std::variant<First, Rest...>>
    : std::integral_constant<std::size_t,
                             std::is_same_v<Message, First> ? 0 : 1 + index_in<Message, std::variant<Rest...>>::value> {
};
template <class Message>
struct index_in<Message, std::variant<>> : std::integral_constant<std::size_t, 0> {};

template <class Message, class Variant>
Message& held_in(const decode_target<Variant>& out) {
    return hold<Message>(out.select(index_in<Message, Variant>::value));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
