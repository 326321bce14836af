// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/detail/load.hpp>
#include <webpubsub/text/utf8.hpp>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// The bits that no ASCII character has, of 16 bytes.
inline bool has_high_bits(const char* at) noexcept {
#ifdef __SSE2__
    return _mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) != 0;
#else
    return ((load_eight(at) | load_eight(at + 8)) & 0x8080808080808080) != 0;
#endif
}

} // namespace detail

WEBPUBSUB_DECL bool is_ascii(std::string_view text) noexcept {
    const char* at = text.data();
    const auto size = text.size();
    const char* const end = at + size;
    // The last load of each size may overlap the one before.
    if (size >= 16) {
        for (; end - at > 16; at += 16) {
            if (detail::has_high_bits(at)) return false;
        }
        return !detail::has_high_bits(end - 16);
    }
    if (size >= 8) return ((detail::load_eight(at) | detail::load_eight(end - 8)) & 0x8080808080808080) == 0;
    if (size >= 4) return ((detail::load_four(at) | detail::load_four(end - 4)) & 0x80808080) == 0;
    return size == 0 || ((at[0] | at[size / 2] | end[-1]) & 0x80) == 0;
}

WEBPUBSUB_DECL std::size_t find_invalid_utf8(std::string_view text) noexcept {
    if (is_ascii(text)) return std::string_view::npos;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        while (end - at >= 16 && !detail::has_high_bits(at)) at += 16;
        if (end - at >= 8 && (detail::load_eight(at) & 0x8080808080808080) == 0) at += 8;
        while (at != end && static_cast<unsigned char>(*at) < 0x80) ++at;
        while (at != end && static_cast<unsigned char>(*at) >= 0x80) {
            const auto size = detail::utf8_sequence_size(at, end);
            if (size == 0) return static_cast<std::size_t>(at - text.data());
            at += size;
        }
    }
    return std::string_view::npos;
}

WEBPUBSUB_DECL void append_code_point(char32_t code_point, std::string& out) {
    const auto rest = [code_point](unsigned shift) { return static_cast<char>(0x80u | (code_point >> shift & 0x3Fu)); };
    if (code_point < 0x80) {
        out += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
        out += static_cast<char>(0xC0u | code_point >> 6);
        out += rest(0);
    } else if (code_point < 0x10000) {
        out += static_cast<char>(0xE0u | code_point >> 12);
        out += rest(6);
        out += rest(0);
    } else {
        out += static_cast<char>(0xF0u | code_point >> 18);
        out += rest(12);
        out += rest(6);
        out += rest(0);
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
