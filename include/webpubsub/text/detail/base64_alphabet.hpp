// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/detail/base64_blocks.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

struct base64_alphabet {
    /// Marks a table entry of a character outside the alphabet; above the 24 bits of a group.
    static constexpr std::uint32_t bad = 1u << 24;

    std::string_view digits;
    bool padded;
    base64_tables tables;
    /// By place in a group of four: the digit's bits where they belong in the group's three bytes, first byte lowest.
    std::array<std::array<std::uint32_t, 256>, 4> values{};

    constexpr base64_alphabet(std::string_view the_digits, bool has_padding) noexcept
        : digits(the_digits), padded(has_padding), tables(the_digits) {
        for (auto& place : values) place.fill(bad);
        for (std::uint32_t v = 0; v < 64; ++v) {
            const auto c = static_cast<unsigned char>(digits[v]);
            values[0][c] = v << 2;
            values[1][c] = (v >> 4) | ((v & 0x0Fu) << 12);
            values[2][c] = ((v >> 2) << 8) | ((v & 0x03u) << 22);
            values[3][c] = v << 16;
        }
    }

    constexpr std::uint32_t value(std::size_t place, char c) const noexcept {
        return values[place][static_cast<unsigned char>(c)];
    }

    constexpr std::uint32_t group(const char* four) const noexcept {
        return value(0, four[0]) | value(1, four[1]) | value(2, four[2]) | value(3, four[3]);
    }

    constexpr bool is_digit(char c) const noexcept { return value(0, c) != bad; }

    /// Two digits carry one byte and four spare bits, three carry two bytes and two spare bits.
    constexpr bool has_spare_bits(std::size_t place, char last) const noexcept {
        return (value(place, last) >> (place * 8)) != 0;
    }
};

inline constexpr base64_alphabet base64_standard{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                                                 true};
inline constexpr base64_alphabet base64_url{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false};

constexpr std::size_t base64_digits_to_bytes(std::size_t digits) noexcept {
    return digits / 4 * 3 + (digits % 4 == 0 ? 0 : digits % 4 - 1);
}

/// Without the padding, of which there are at most two characters; any other `=` stays and is found to be no digit.
constexpr std::string_view base64_without_padding(std::string_view text) noexcept {
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
    return text;
}

/// Writes the bytes of whole groups and returns whether all were digits. `out` has room for exactly these bytes.
WEBPUBSUB_DECL bool base64_decode_groups(const base64_alphabet& alphabet, const char* in, std::size_t groups, char* out,
                                         base64_instructions by = best_base64_instructions()) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
