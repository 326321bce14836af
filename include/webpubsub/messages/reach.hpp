// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>

#include <cstddef>
#include <utility>
#include <variant>

// How the alternatives of the two variants are reached by their index, for code that walks rows: small tables of
// functions.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

template <class Variant, std::size_t Index>
const void* alternative_at(const Variant& variant) noexcept {
    return std::get_if<Index>(&variant);
}

template <class Variant, std::size_t Index>
void* make_alternative(Variant& variant) {
    if (auto* const held = std::get_if<Index>(&variant)) return held;
    return &variant.template emplace<Index>();
}

template <class Variant, class Indices = std::make_index_sequence<std::variant_size_v<Variant>>>
struct alternatives;
template <class Variant, std::size_t... Index>
struct alternatives<Variant, std::index_sequence<Index...>> {
    static constexpr const void* (*get[])(const Variant&) noexcept = {alternative_at<Variant, Index>...};
    static constexpr void* (*make[])(Variant&) = {make_alternative<Variant, Index>...};
};

/// The message inside.
template <class Variant>
const void* alternative_of(const Variant& variant) noexcept {
    return alternatives<Variant>::get[variant.index()](variant);
}

/// The alternative with that index, in the memory that it has if it is there already.
template <class Variant>
void* alternative_in(Variant& variant, std::size_t kind) {
    return alternatives<Variant>::make[kind](variant);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
