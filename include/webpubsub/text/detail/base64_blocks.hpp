// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// What of base64 is done by whole vectors, where the processor has SSSE3 or AVX2: that is asked when the program runs,
// and the functions are compiled for their instructions whatever the rest of the program is compiled for. The method is
// that of Mula and Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions" (2018), with tables made from
// the alphabet.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

using base64_table = std::array<std::uint8_t, 16>;

struct base64_tables {
    constexpr explicit base64_tables(std::string_view digits) noexcept {
        const std::uint32_t last_low = static_cast<unsigned char>(digits[63]) & 0x0Fu;
        for (std::size_t low = 0; low < 16; ++low) row_by_low[low] = low == last_low ? 15 : 1;
        std::array<std::uint32_t, 16> lows_in_row{};
        for (std::uint32_t v = 0; v < 64; ++v) {
            const auto c = static_cast<unsigned char>(digits[v]);
            const std::size_t row = (row_by_low[c & 0x0Fu] + (c >> 3) + 1u) / 2;
            lows_in_row[row] |= 1u << (c & 0x0Fu);
            to_value[row] = static_cast<std::uint8_t>(v - c);
            to_digit[v < 26 ? 13 : v < 52 ? 0 : v - 51] = static_cast<std::uint8_t>(c - v);
        }
        // Rows with the same digits share a bit, so that eight are enough.
        std::uint32_t bit = 1;
        for (std::size_t row = 0; row < 16; ++row) {
            if (lows_in_row[row] == 0) continue;
            std::size_t same = 0;
            while (lows_in_row[same] != lows_in_row[row]) ++same;
            if (same < row) {
                good_by_row[row] = good_by_row[same];
                continue;
            }
            good_by_row[row] = static_cast<std::uint8_t>(bit);
            for (std::size_t low = 0; low < 16; ++low) {
                if ((lows_in_row[row] >> low & 1u) != 0) good_by_low[low] |= static_cast<std::uint8_t>(bit);
            }
            bit *= 2;
        }
    }

    // The row of a character is its upper four bits plus one, or plus eight if its lower four bits are those of the
    // last digit, which would otherwise be in a row of digits with another distance from their values. That is what the
    // average of an eighth of the character and `row_by_low` comes to.
    base64_table row_by_low{};
    // A character is a digit if these two have a bit in common.
    base64_table good_by_low{};
    base64_table good_by_row{};
    base64_table to_value{};
    base64_table to_digit{};
};

enum class base64_instructions : std::uint8_t { scalar, ssse3, avx2 };

/// The best that this processor has.
WEBPUBSUB_DECL base64_instructions best_base64_instructions() noexcept;

// Each function takes as many of the groups of four digits or three bytes as it can without touching anything beyond
// them, and returns how many. Among these is no character that is no digit; what it wrote behind their bytes is void.

WEBPUBSUB_DECL std::size_t base64_decode_blocks(base64_instructions by, const base64_tables& tables, const char* in,
                                                std::size_t groups, char* out) noexcept;
WEBPUBSUB_DECL std::size_t base64_encode_blocks(base64_instructions by, const base64_tables& tables, const char* in,
                                                std::size_t groups, char* out) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/text/impl/base64_blocks.ipp>
#endif
