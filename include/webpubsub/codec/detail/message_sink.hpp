// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/message_buffer.hpp>

#include <cstddef>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Where a message of a kind is put: `select` gives the alternative with that index, in the memory that it has.
struct message_sink {
    const void* target;
    void* (*select)(const void* target, std::size_t kind);
};

template <class Variant>
void* select_in(const void* target, std::size_t kind) {
    auto& message = static_cast<const decode_target<Variant>*>(target)->select(kind);
    return message.index() == kind ? message.data() : message.emplace(kind);
}

template <class Variant>
message_sink sink_into(const decode_target<Variant>& target) noexcept {
    return {&target, select_in<Variant>};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
