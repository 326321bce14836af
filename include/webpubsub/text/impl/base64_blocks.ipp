// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/detail/base64_blocks.hpp>

#include <cstring>

#if (defined(__x86_64__) || defined(__i386__)) && (defined(__GNUC__) || defined(__clang__))
#define WEBPUBSUB_BASE64_VECTORS
#endif

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

#ifdef WEBPUBSUB_BASE64_VECTORS

// Vectors as the compilers' own types, since <immintrin.h> takes half a second to compile. A helper function could not
// be inlined into functions for other instructions, so each of these is written in full.

using base64_bytes128 = char __attribute__((vector_size(16)));
using base64_words128 = short __attribute__((vector_size(16)));
using base64_unsigned128 = unsigned short __attribute__((vector_size(16)));
using base64_bytes256 = char __attribute__((vector_size(32)));
using base64_words256 = short __attribute__((vector_size(32)));
using base64_unsigned256 = unsigned short __attribute__((vector_size(32)));

// Four values of six bits become two of twelve and then one of 24; each group is then b2 b1 b0 and a zero.
inline constexpr base64_table base64_gather{2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 15, 15, 15, 15};
// Of the three bytes of each group b1 b0 b2 b1.
inline constexpr base64_table base64_spread{1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10};

/// The four bytes that loading or storing bytes touches too many are of these groups.
inline constexpr std::size_t base64_spare_groups = 2;

[[gnu::target("ssse3")]] inline std::size_t base64_decode_ssse3(const base64_tables& tables, const char* in,
                                                                std::size_t groups, char* out) noexcept {
    base64_bytes128 row_by_low, good_by_low, good_by_row, to_value, gather;
    std::memcpy(&row_by_low, tables.row_by_low.data(), 16);
    std::memcpy(&good_by_low, tables.good_by_low.data(), 16);
    std::memcpy(&good_by_row, tables.good_by_row.data(), 16);
    std::memcpy(&to_value, tables.to_value.data(), 16);
    std::memcpy(&gather, base64_gather.data(), 16);
    constexpr short to_twelve = 0x0140;
    const base64_words128 by_64{to_twelve, to_twelve, to_twelve, to_twelve, to_twelve, to_twelve, to_twelve, to_twelve};
    const base64_words128 by_4096{0x1000, 1, 0x1000, 1, 0x1000, 1, 0x1000, 1};
    base64_bytes128 bad{};
    std::size_t done = 0;
    while (groups - done >= 4) {
        base64_bytes128 digits;
        std::memcpy(&digits, in + 4 * done, 16);
        // The shift brings in three bits of the next character. In the row of an ASCII character they end up between
        // the four bits that count and the highest, as `row_by_low` is too small to carry; any other is refused by
        // `good_by_low`.
        const auto eighths = (base64_bytes128)((base64_unsigned128)digits >> 3);
        const auto row = __builtin_ia32_pavgb128(__builtin_ia32_pshufb128(row_by_low, digits), eighths);
        bad |= (base64_bytes128)((__builtin_ia32_pshufb128(good_by_low, digits) &
                                  __builtin_ia32_pshufb128(good_by_row, row)) == 0);
        const auto values = digits + __builtin_ia32_pshufb128(to_value, row);
        const auto pairs = __builtin_ia32_pmaddubsw128(values, (base64_bytes128)by_64);
        const auto bytes = __builtin_ia32_pshufb128((base64_bytes128)__builtin_ia32_pmaddwd128(pairs, by_4096), gather);
        std::memcpy(out + 3 * done, &bytes, groups - done >= 4 + base64_spare_groups ? 16 : 12);
        done += 4;
    }
    return __builtin_ia32_pmovmskb128(bad) == 0 ? done : 0;
}

[[gnu::target("ssse3")]] inline std::size_t base64_encode_ssse3(const base64_tables& tables, const char* in,
                                                                std::size_t groups, char* out) noexcept {
    base64_bytes128 to_digit, spread;
    std::memcpy(&to_digit, tables.to_digit.data(), 16);
    std::memcpy(&spread, base64_spread.data(), 16);
    std::size_t done = 0;
    for (; groups - done >= 4 + base64_spare_groups; done += 4) {
        base64_bytes128 bytes;
        std::memcpy(&bytes, in + 3 * done, 16);
        bytes = __builtin_ia32_pshufb128(bytes, spread);
        // Products are shifts by another number of bits for each half of a group.
        const auto words = (base64_unsigned128)bytes;
        const base64_unsigned128 first_mask{0xFC00, 0x0FC0, 0xFC00, 0x0FC0, 0xFC00, 0x0FC0, 0xFC00, 0x0FC0};
        const base64_words128 first_shift{0x0040, 0x0400, 0x0040, 0x0400, 0x0040, 0x0400, 0x0040, 0x0400};
        const base64_unsigned128 second_mask{0x03F0, 0x003F, 0x03F0, 0x003F, 0x03F0, 0x003F, 0x03F0, 0x003F};
        const base64_unsigned128 second_shift{0x0010, 0x0100, 0x0010, 0x0100, 0x0010, 0x0100, 0x0010, 0x0100};
        const auto first =
            (base64_unsigned128)__builtin_ia32_pmulhuw128((base64_words128)(words & first_mask), first_shift);
        const auto values = (base64_bytes128)(first | ((words & second_mask) * second_shift));
        // 13 stands for the first 26 digits, 0 for the next 26, and each number from 1 to 12 for one of the others.
        const auto range = ((values - 51) & (base64_bytes128)(values > 51)) | ((base64_bytes128)(values < 26) & 13);
        const auto digits = values + __builtin_ia32_pshufb128(to_digit, range);
        std::memcpy(out + 4 * done, &digits, 16);
    }
    return done;
}

[[gnu::target("avx2")]] inline std::size_t base64_decode_avx2(const base64_tables& tables, const char* in,
                                                              std::size_t groups, char* out) noexcept {
    base64_bytes256 row_by_low, good_by_low, good_by_row, to_value, gather;
    std::memcpy(&row_by_low, tables.row_by_low.data(), 16);
    std::memcpy(reinterpret_cast<char*>(&row_by_low) + 16, tables.row_by_low.data(), 16);
    std::memcpy(&good_by_low, tables.good_by_low.data(), 16);
    std::memcpy(reinterpret_cast<char*>(&good_by_low) + 16, tables.good_by_low.data(), 16);
    std::memcpy(&good_by_row, tables.good_by_row.data(), 16);
    std::memcpy(reinterpret_cast<char*>(&good_by_row) + 16, tables.good_by_row.data(), 16);
    std::memcpy(&to_value, tables.to_value.data(), 16);
    std::memcpy(reinterpret_cast<char*>(&to_value) + 16, tables.to_value.data(), 16);
    std::memcpy(&gather, base64_gather.data(), 16);
    std::memcpy(reinterpret_cast<char*>(&gather) + 16, base64_gather.data(), 16);
    constexpr short to_twelve = 0x0140;
    const base64_words256 by_64 = base64_words256{} + to_twelve;
    const base64_words256 by_4096{0x1000, 1, 0x1000, 1, 0x1000, 1, 0x1000, 1,
                                  0x1000, 1, 0x1000, 1, 0x1000, 1, 0x1000, 1};
    base64_bytes256 bad{};
    std::size_t done = 0;
    // The last groups are left to the narrower vectors, which take the most that they can.
    while (groups - done >= 8 + base64_spare_groups) {
        base64_bytes256 digits;
        std::memcpy(&digits, in + 4 * done, 32);
        const auto eighths = (base64_bytes256)((base64_unsigned256)digits >> 3);
        const auto row = __builtin_ia32_pavgb256(__builtin_ia32_pshufb256(row_by_low, digits), eighths);
        bad |= (base64_bytes256)((__builtin_ia32_pshufb256(good_by_low, digits) &
                                  __builtin_ia32_pshufb256(good_by_row, row)) == 0);
        const auto values = digits + __builtin_ia32_pshufb256(to_value, row);
        const auto pairs = __builtin_ia32_pmaddubsw256(values, (base64_bytes256)by_64);
        const auto bytes = __builtin_ia32_pshufb256((base64_bytes256)__builtin_ia32_pmaddwd256(pairs, by_4096), gather);
        std::memcpy(out + 3 * done, &bytes, 16);
        std::memcpy(out + 3 * done + 12, reinterpret_cast<const char*>(&bytes) + 16, 16);
        done += 8;
    }
    return __builtin_ia32_pmovmskb256(bad) == 0 ? done : 0;
}

[[gnu::target("avx2")]] inline std::size_t base64_encode_avx2(const base64_tables& tables, const char* in,
                                                              std::size_t groups, char* out) noexcept {
    base64_bytes256 to_digit, spread;
    std::memcpy(&to_digit, tables.to_digit.data(), 16);
    std::memcpy(reinterpret_cast<char*>(&to_digit) + 16, tables.to_digit.data(), 16);
    std::memcpy(&spread, base64_spread.data(), 16);
    std::memcpy(reinterpret_cast<char*>(&spread) + 16, base64_spread.data(), 16);
    std::size_t done = 0;
    for (; groups - done >= 8 + base64_spare_groups; done += 8) {
        base64_bytes256 bytes;
        std::memcpy(&bytes, in + 3 * done, 16);
        std::memcpy(reinterpret_cast<char*>(&bytes) + 16, in + 3 * done + 12, 16);
        bytes = __builtin_ia32_pshufb256(bytes, spread);
        const auto words = (base64_unsigned256)bytes;
        const base64_unsigned256 first_mask{0xFC00, 0x0FC0, 0xFC00, 0x0FC0, 0xFC00, 0x0FC0, 0xFC00, 0x0FC0,
                                            0xFC00, 0x0FC0, 0xFC00, 0x0FC0, 0xFC00, 0x0FC0, 0xFC00, 0x0FC0};
        const base64_words256 first_shift{0x0040, 0x0400, 0x0040, 0x0400, 0x0040, 0x0400, 0x0040, 0x0400,
                                          0x0040, 0x0400, 0x0040, 0x0400, 0x0040, 0x0400, 0x0040, 0x0400};
        const base64_unsigned256 second_mask{0x03F0, 0x003F, 0x03F0, 0x003F, 0x03F0, 0x003F, 0x03F0, 0x003F,
                                             0x03F0, 0x003F, 0x03F0, 0x003F, 0x03F0, 0x003F, 0x03F0, 0x003F};
        const base64_unsigned256 second_shift{0x0010, 0x0100, 0x0010, 0x0100, 0x0010, 0x0100, 0x0010, 0x0100,
                                              0x0010, 0x0100, 0x0010, 0x0100, 0x0010, 0x0100, 0x0010, 0x0100};
        const auto first =
            (base64_unsigned256)__builtin_ia32_pmulhuw256((base64_words256)(words & first_mask), first_shift);
        const auto values = (base64_bytes256)(first | ((words & second_mask) * second_shift));
        const auto range = ((values - 51) & (base64_bytes256)(values > 51)) | ((base64_bytes256)(values < 26) & 13);
        const auto digits = values + __builtin_ia32_pshufb256(to_digit, range);
        std::memcpy(out + 4 * done, &digits, 32);
    }
    return done;
}

#endif

WEBPUBSUB_DECL base64_instructions best_base64_instructions() noexcept {
#ifdef WEBPUBSUB_BASE64_VECTORS
    if (__builtin_cpu_supports("avx2")) return base64_instructions::avx2;
    if (__builtin_cpu_supports("ssse3")) return base64_instructions::ssse3;
#endif
    return base64_instructions::scalar;
}

WEBPUBSUB_DECL std::size_t base64_decode_blocks(base64_instructions by, const base64_tables& tables, const char* in,
                                                std::size_t groups, char* out) noexcept {
    std::size_t done = 0;
#ifdef WEBPUBSUB_BASE64_VECTORS
    if (by == base64_instructions::avx2) done = base64_decode_avx2(tables, in, groups, out);
    if (by != base64_instructions::scalar) {
        done += base64_decode_ssse3(tables, in + 4 * done, groups - done, out + 3 * done);
    }
#else
    static_cast<void>(by), static_cast<void>(tables), static_cast<void>(in), static_cast<void>(groups);
    static_cast<void>(out);
#endif
    return done;
}

WEBPUBSUB_DECL std::size_t base64_encode_blocks(base64_instructions by, const base64_tables& tables, const char* in,
                                                std::size_t groups, char* out) noexcept {
    std::size_t done = 0;
#ifdef WEBPUBSUB_BASE64_VECTORS
    if (by == base64_instructions::avx2) done = base64_encode_avx2(tables, in, groups, out);
    if (by != base64_instructions::scalar) {
        done += base64_encode_ssse3(tables, in + 3 * done, groups - done, out + 4 * done);
    }
#else
    static_cast<void>(by), static_cast<void>(tables), static_cast<void>(in), static_cast<void>(groups);
    static_cast<void>(out);
#endif
    return done;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#undef WEBPUBSUB_BASE64_VECTORS
