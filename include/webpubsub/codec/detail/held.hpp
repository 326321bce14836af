// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/alternative.hpp>
#include <webpubsub/codec/message_buffer.hpp>

#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The alternative `Message` of `out`, with the memory that it has if it is the current one.
template <class Message, class Variant>
Message& hold(Variant& out) {
    if (auto* current = std::get_if<Message>(&out)) return *current;
    return out.template emplace<Message>();
}

template <class Message, class Variant>
Message& held_in(const decode_target<Variant>& out) {
    return hold<Message>(out.select(index_in<Message, Variant>::value));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
