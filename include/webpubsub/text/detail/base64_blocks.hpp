// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSSE3__)
#include <tmmintrin.h>
#endif

// What of base64 is done by whole vectors where the compiler may use SSSE3 or AVX2. The method is that of Mula and
// Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions" (2018), with tables made from the alphabet.

// All names that depend on the instruction set, those in base64.hpp too, are in an inline namespace that is named after
// it. Otherwise the linker of a program whose files are compiled for different ones could give every file the functions
// of the one with AVX2.
#if defined(__AVX2__)
#define WEBPUBSUB_BASE64_ISA base64_avx2
#elif defined(__SSSE3__)
#define WEBPUBSUB_BASE64_ISA base64_ssse3
#else
#define WEBPUBSUB_BASE64_ISA base64_portable
#endif

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

inline namespace WEBPUBSUB_BASE64_ISA {

#if defined(__AVX2__) || defined(__SSSE3__)

using base64_table = std::array<std::uint8_t, 16>;

struct base64_vector128 {
    using type = __m128i;
    /// How many groups of four digits a vector is.
    static constexpr std::size_t groups = 4;

    static type load(const void* from) noexcept { return _mm_loadu_si128(static_cast<const __m128i*>(from)); }
    static void store(type v, void* to) noexcept { _mm_storeu_si128(static_cast<__m128i*>(to), v); }
    static type repeat(const base64_table& table) noexcept { return load(table.data()); }
    static type bytes(int each) noexcept { return _mm_set1_epi8(static_cast<char>(each)); }
    static type words(int each) noexcept { return _mm_set1_epi32(each); }

    static type both(type a, type b) noexcept { return _mm_and_si128(a, b); }
    static type either(type a, type b) noexcept { return _mm_or_si128(a, b); }
    static type add(type a, type b) noexcept { return _mm_add_epi8(a, b); }
    static type subtract_down_to_zero(type a, type b) noexcept { return _mm_subs_epu8(a, b); }
    static type average(type a, type b) noexcept { return _mm_avg_epu8(a, b); }
    static type lesser(type a, type b) noexcept { return _mm_min_epu8(a, b); }
    static type greater_than(type a, type b) noexcept { return _mm_cmpgt_epi8(a, b); }
    static type shift_right_3(type v) noexcept { return _mm_srli_epi16(v, 3); }
    static type multiply_low(type a, type b) noexcept { return _mm_mullo_epi16(a, b); }
    static type multiply_high(type a, type b) noexcept { return _mm_mulhi_epu16(a, b); }
    static type add_products_of_bytes(type a, type b) noexcept { return _mm_maddubs_epi16(a, b); }
    static type add_products_of_pairs(type a, type b) noexcept { return _mm_madd_epi16(a, b); }
    /// By the lower four bits of each index; zero where its highest bit is set.
    static type look_up(type table, type indices) noexcept { return _mm_shuffle_epi8(table, indices); }
    static bool has_zero(type v) noexcept { return _mm_movemask_epi8(_mm_cmpeq_epi8(v, bytes(0))) != 0; }

    /// Makes b1 b0 b2 b1 of the three bytes of each group. Reads four bytes too many.
    static type load_bytes(const char* from) noexcept { return look_up(load(from), repeat(spread)); }
    /// Each group is b2 b1 b0 and a zero. Writes four bytes too many.
    static void store_bytes(type v, char* to) noexcept { store(look_up(v, repeat(gather)), to); }

    static constexpr base64_table spread{1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10};
    static constexpr base64_table gather{2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 15, 15, 15, 15};
};

#if defined(__AVX2__)

struct base64_vector256 {
    using type = __m256i;
    using half = base64_vector128;
    static constexpr std::size_t groups = 8;

    static type load(const void* from) noexcept { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }
    static void store(type v, void* to) noexcept { _mm256_storeu_si256(static_cast<__m256i*>(to), v); }
    static type repeat(const base64_table& table) noexcept { return _mm256_broadcastsi128_si256(half::repeat(table)); }
    static type bytes(int each) noexcept { return _mm256_set1_epi8(static_cast<char>(each)); }
    static type words(int each) noexcept { return _mm256_set1_epi32(each); }

    static type both(type a, type b) noexcept { return _mm256_and_si256(a, b); }
    static type either(type a, type b) noexcept { return _mm256_or_si256(a, b); }
    static type add(type a, type b) noexcept { return _mm256_add_epi8(a, b); }
    static type subtract_down_to_zero(type a, type b) noexcept { return _mm256_subs_epu8(a, b); }
    static type average(type a, type b) noexcept { return _mm256_avg_epu8(a, b); }
    static type lesser(type a, type b) noexcept { return _mm256_min_epu8(a, b); }
    static type greater_than(type a, type b) noexcept { return _mm256_cmpgt_epi8(a, b); }
    static type shift_right_3(type v) noexcept { return _mm256_srli_epi16(v, 3); }
    static type multiply_low(type a, type b) noexcept { return _mm256_mullo_epi16(a, b); }
    static type multiply_high(type a, type b) noexcept { return _mm256_mulhi_epu16(a, b); }
    static type add_products_of_bytes(type a, type b) noexcept { return _mm256_maddubs_epi16(a, b); }
    static type add_products_of_pairs(type a, type b) noexcept { return _mm256_madd_epi16(a, b); }
    static type look_up(type table, type indices) noexcept { return _mm256_shuffle_epi8(table, indices); }
    static bool has_zero(type v) noexcept { return _mm256_movemask_epi8(_mm256_cmpeq_epi8(v, bytes(0))) != 0; }

    static type load_bytes(const char* from) noexcept {
        const type low = _mm256_castsi128_si256(half::load(from));
        return look_up(_mm256_inserti128_si256(low, half::load(from + 12), 1), repeat(half::spread));
    }
    static void store_bytes(type v, char* to) noexcept {
        const type gathered = look_up(v, repeat(half::gather));
        half::store(_mm256_castsi256_si128(gathered), to);
        half::store(_mm256_extracti128_si256(gathered, 1), to + 12);
    }
};

#endif

/// Each function takes as many of the groups of four digits or three bytes as it can without touching anything beyond
/// them, and returns how many. Among these is no character that is no digit; what it wrote behind their bytes is void.
class base64_blocks {
public:
    constexpr explicit base64_blocks(std::string_view digits) noexcept {
        const std::uint32_t last_low = static_cast<unsigned char>(digits[63]) & 0x0Fu;
        for (std::size_t low = 0; low < 16; ++low) row_by_low_[low] = low == last_low ? 15 : 1;
        std::array<std::uint32_t, 16> lows_in_row{};
        for (std::uint32_t v = 0; v < 64; ++v) {
            const auto c = static_cast<unsigned char>(digits[v]);
            const std::size_t row = (row_by_low_[c & 0x0Fu] + (c >> 3) + 1u) / 2;
            lows_in_row[row] |= 1u << (c & 0x0Fu);
            to_value_[row] = static_cast<std::uint8_t>(v - c);
            to_digit_[v < 26 ? 13 : v < 52 ? 0 : v - 51] = static_cast<std::uint8_t>(c - v);
        }
        // Rows with the same digits share a bit, so that eight are enough.
        std::uint32_t bit = 1;
        for (std::size_t row = 0; row < 16; ++row) {
            if (lows_in_row[row] == 0) continue;
            std::size_t same = 0;
            while (lows_in_row[same] != lows_in_row[row]) ++same;
            if (same < row) {
                good_by_row_[row] = good_by_row_[same];
                continue;
            }
            good_by_row_[row] = static_cast<std::uint8_t>(bit);
            for (std::size_t low = 0; low < 16; ++low) {
                if ((lows_in_row[row] >> low & 1u) != 0) good_by_low_[low] |= static_cast<std::uint8_t>(bit);
            }
            bit *= 2;
        }
    }

    std::size_t check(const char* in, std::size_t groups) const noexcept {
        std::size_t done = 0;
#if defined(__AVX2__)
        done = check_by<base64_vector256>(in, groups);
#endif
        return done + check_by<base64_vector128>(in + 4 * done, groups - done);
    }

    std::size_t decode(const char* in, std::size_t groups, char* out) const noexcept {
        std::size_t done = 0;
#if defined(__AVX2__)
        done = decode_by<base64_vector256>(in, groups, out);
#endif
        return done + decode_by<base64_vector128>(in + 4 * done, groups - done, out + 3 * done);
    }

    std::size_t encode(const char* in, std::size_t groups, char* out) const noexcept {
        std::size_t done = 0;
#if defined(__AVX2__)
        done = encode_by<base64_vector256>(in, groups, out);
#endif
        return done + encode_by<base64_vector128>(in + 3 * done, groups - done, out + 4 * done);
    }

private:
    template <class V>
    struct reader {
        explicit reader(const base64_blocks& tables) noexcept
            : row_by_low(V::repeat(tables.row_by_low_)),
              good_by_low(V::repeat(tables.good_by_low_)),
              good_by_row(V::repeat(tables.good_by_row_)),
              to_value(V::repeat(tables.to_value_)) {}

        typename V::type values_of(typename V::type digits) noexcept {
            // The shift brings in three bits of the next character. In the row of an ASCII character they end up
            // between the four bits that count and the highest, as `row_by_low` is too small to carry; any other is
            // refused by `good_by_low`.
            const auto row = V::average(V::look_up(row_by_low, digits), V::shift_right_3(digits));
            good = V::lesser(good, V::both(V::look_up(good_by_low, digits), V::look_up(good_by_row, row)));
            return V::add(digits, V::look_up(to_value, row));
        }

        typename V::type row_by_low;
        typename V::type good_by_low;
        typename V::type good_by_row;
        typename V::type to_value;
        /// Has a zero once a character was no digit.
        typename V::type good = V::bytes(1);
    };

    template <class V>
    std::size_t check_by(const char* in, std::size_t groups) const noexcept {
        if (groups < V::groups) return 0;
        reader<V> read(*this);
        std::size_t done = 0;
        for (; groups - done >= V::groups; done += V::groups) read.values_of(V::load(in + 4 * done));
        return V::has_zero(read.good) ? 0 : done;
    }

    /// The four bytes that loading or storing bytes touches too many are of these groups.
    static constexpr std::size_t spare_groups = 2;

    template <class V>
    std::size_t decode_by(const char* in, std::size_t groups, char* out) const noexcept {
        if (groups < V::groups) return 0;
        reader<V> read(*this);
        std::size_t done = 0;
        const auto decode_vector = [&](char* to) {
            // Four values of six bits become two of twelve and then one of 24.
            const auto values = read.values_of(V::load(in + 4 * done));
            const auto pairs = V::add_products_of_bytes(values, V::words(0x01400140));
            V::store_bytes(V::add_products_of_pairs(pairs, V::words(0x00011000)), to);
        };
        for (; groups - done >= V::groups + spare_groups; done += V::groups) decode_vector(out + 3 * done);
        // A wider vector leaves its last groups to the narrower one, which takes the most that it can.
        if (V::groups == base64_vector128::groups && groups - done >= V::groups) {
            std::array<char, 4 * V::groups> with_spare_bytes;
            decode_vector(with_spare_bytes.data());
            std::memcpy(out + 3 * done, with_spare_bytes.data(), 3 * V::groups);
            done += V::groups;
        }
        return V::has_zero(read.good) ? 0 : done;
    }

    template <class V>
    std::size_t encode_by(const char* in, std::size_t groups, char* out) const noexcept {
        if (groups < V::groups + spare_groups) return 0;
        const auto to_digit = V::repeat(to_digit_);
        std::size_t done = 0;
        for (; groups - done >= V::groups + spare_groups; done += V::groups) {
            // Products are shifts by another number of bits for each half of a group.
            const auto bytes = V::load_bytes(in + 3 * done);
            const auto first_and_third = V::multiply_high(V::both(bytes, V::words(0x0FC0FC00)), V::words(0x04000040));
            const auto second_and_fourth = V::multiply_low(V::both(bytes, V::words(0x003F03F0)), V::words(0x01000010));
            const auto values = V::either(first_and_third, second_and_fourth);
            // 13 stands for the first 26 digits, 0 for the next 26, and each number from 1 to 12 for one of the others.
            const auto is_first = V::both(V::greater_than(V::bytes(26), values), V::bytes(13));
            const auto range = V::either(V::subtract_down_to_zero(values, V::bytes(51)), is_first);
            V::store(V::add(values, V::look_up(to_digit, range)), out + 4 * done);
        }
        return done;
    }

    // The row of a character is its upper four bits plus one, or plus eight if its lower four bits are those of the
    // last digit, which would otherwise be in a row of digits with another distance from their values. That is what the
    // average of an eighth of the character and `row_by_low_` comes to.
    base64_table row_by_low_{};
    // A character is a digit if these two have a bit in common.
    base64_table good_by_low_{};
    base64_table good_by_row_{};
    base64_table to_value_{};
    base64_table to_digit_{};
};

#else

class base64_blocks {
public:
    constexpr explicit base64_blocks(std::string_view) noexcept {}
    static std::size_t check(const char*, std::size_t) noexcept { return 0; }
    static std::size_t decode(const char*, std::size_t, char*) noexcept { return 0; }
    static std::size_t encode(const char*, std::size_t, char*) noexcept { return 0; }
};

#endif

} // namespace WEBPUBSUB_BASE64_ISA

} // namespace webpubsub::detail
