// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/utf8.hpp>

#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace webpubsub::inline WEBPUBSUB_MODE {

WEBPUBSUB_DECL std::size_t find_invalid_utf8(std::string_view text) noexcept {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
#ifdef __SSE2__
        while (end - at >= 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
            if (_mm_movemask_epi8(bytes) != 0) break;
            at += 16;
        }
#endif
        while (end - at >= 8) {
            std::uint64_t eight = 0;
            std::memcpy(&eight, at, 8);
            if ((eight & 0x8080808080808080) != 0) break;
            at += 8;
        }
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
