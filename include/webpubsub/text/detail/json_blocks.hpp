// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

// Sixteen bytes of JSON at a time. For the files that define functions, since <emmintrin.h> is not for everybody.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

#ifdef __SSE2__

/// A bit for each of 16 bytes that is a quote, a backslash, or a control character.
inline unsigned json_specials(__m128i bytes) noexcept {
    const __m128i is_control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    const __m128i is_quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i is_backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(is_control, _mm_or_si128(is_quote, is_backslash))));
}

/// The same, and for bytes above 0x7F, which are negative.
inline unsigned json_specials_or_non_ascii(__m128i bytes) noexcept {
    const __m128i is_low_or_high = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    const __m128i is_quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i is_backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(is_low_or_high, _mm_or_si128(is_quote, is_backslash))));
}

#endif

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
