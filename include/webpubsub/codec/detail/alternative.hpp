// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>
#include <webpubsub/variant.hpp>

#include <cstddef>
#include <type_traits>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Calls `visit` with the message at `message`, which is the alternative of that index.
template <class Variant>
struct alternative_visitor;
template <class... Alternatives>
struct alternative_visitor<variant<Alternatives...>> {
    template <class Visit>
    static void visit(std::size_t index, const void* message, Visit&& visit) {
        std::size_t at = 0;
        ((index == at++ ? visit(*static_cast<const Alternatives*>(message)) : void()), ...);
    }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
