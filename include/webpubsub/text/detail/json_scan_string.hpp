// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/detail/json_blocks.hpp>
#include <webpubsub/text/json_text.hpp>

#include <bit>

// The scanner's short way through a string, for the files that define functions.

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

[[gnu::always_inline]] inline const char* json_scanner::scan_string(const char* at, bool& plain) noexcept {
#ifdef __SSE2__
    // Most strings are short, and ASCII.
    if (end_ - at >= 16) {
        const auto found = json_specials_or_non_ascii(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
        if (found == 0) return scan_long_string(at + 16, plain);
        const char* const special = at + std::countr_zero(found);
        if (*special == '"') return special;
    }
#endif
    return scan_long_string(at, plain);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
