// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <type_traits>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The index of an alternative. The variant itself is not compiled for it.
template <class Message, class Variant>
struct index_in;
template <class Message, class... Alternatives>
struct index_in<Message, std::variant<Alternatives...>> {
    static constexpr std::size_t find() noexcept {
        constexpr bool found[] = {std::is_same_v<Message, Alternatives>...};
        std::size_t index = 0;
        while (index < sizeof...(Alternatives) && !found[index]) ++index;
        return index;
    }
    static constexpr std::size_t value = find();
};

/// Calls `visit` with the message at `message`, which is the alternative of that index.
template <class Variant>
struct alternative_visitor;
template <class... Alternatives>
struct alternative_visitor<std::variant<Alternatives...>> {
    template <class Visit>
    static void visit(std::size_t index, const void* message, Visit&& visit) {
        std::size_t at = 0;
        ((index == at++ ? visit(*static_cast<const Alternatives*>(message)) : void()), ...);
    }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
