// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/text/ascii.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// The number that hexadecimal digits stand for; nothing for anything else.
constexpr std::optional<std::uint64_t> read_hex(std::string_view digits) noexcept {
    std::uint64_t number = 0;
    for (const char c : digits) {
        const int value = hex_digit_value(c);
        if (value < 0) return std::nullopt;
        number = number << 4 | static_cast<unsigned>(value);
    }
    return number;
}

constexpr bool has_upper_case(std::string_view text) noexcept {
    for (const char c : text) {
        if (c != to_lower(c)) return true;
    }
    return false;
}

/// How many digits of a connection's id are the hub's own.
inline constexpr std::size_t own_id_size = 32;

} // namespace detail

WEBPUBSUB_DECL result<node_id> node_id::start(std::string_view place, const secure_random& random) {
    if (place.size() == place_size) {
        if (const auto id = parse(detail::random_hex(random, (size - place_size) / 2, to_lower(place)))) return *id;
    }
    return error::about(errc::invalid_field, "place");
}

WEBPUBSUB_DECL std::optional<node_id> node_id::parse(std::string_view text) noexcept {
    if (text.size() != size || detail::has_upper_case(text)) return std::nullopt;
    const auto number = detail::read_hex(text);
    return number ? std::optional(of_number(*number)) : std::nullopt;
}

WEBPUBSUB_DECL std::optional<node_id> node_id::of_connection(std::string_view connection_id) noexcept {
    if (connection_id.size() != size + detail::own_id_size) return std::nullopt;
    if (!detail::read_hex(connection_id.substr(size)) || detail::has_upper_case(connection_id)) return std::nullopt;
    return parse(connection_id.substr(0, size));
}

WEBPUBSUB_DECL std::string node_id::to_string() const {
    std::string text(size, '0');
    auto left = number_;
    for (auto at = size; at-- > 0; left >>= 4) text[at] = "0123456789abcdef"[left & 15];
    return text;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
