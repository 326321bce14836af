// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// What can't stand for itself in a JSON string: the quote, the backslash and control characters; and if that is asked
/// for, bytes above 0x7F.
template <bool NonAsciiToo>
constexpr bool is_json_special(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || c == '"' || c == '\\' || (NonAsciiToo && byte >= 0x80);
}

/// Where the first of them is, `end` if there is none.
template <bool NonAsciiToo>
const char* find_json_special(const char* at, const char* end) noexcept {
#ifdef __SSE2__
    for (; end - at >= 16; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const __m128i is_control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
        const __m128i is_quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
        const __m128i is_backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
        __m128i special = _mm_or_si128(is_control, _mm_or_si128(is_quote, is_backslash));
        if constexpr (NonAsciiToo) special = _mm_or_si128(special, bytes);
        const auto found = static_cast<unsigned>(_mm_movemask_epi8(special));
        if (found != 0) return at + std::countr_zero(found);
    }
#endif
    while (at != end && !is_json_special<NonAsciiToo>(*at)) ++at;
    return at;
}

constexpr bool is_json_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

constexpr const char* skip_json_space(const char* at, const char* end) noexcept {
    while (at != end && is_json_space(*at)) ++at;
    return at;
}

} // namespace webpubsub::detail
