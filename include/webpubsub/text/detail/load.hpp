// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

// So many bytes as one number, to look at them together. Their order is the machine's.

inline std::uint64_t load_eight(const char* at) noexcept {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, 8);
    return bytes;
}

inline std::uint32_t load_four(const char* at) noexcept {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, at, 4);
    return bytes;
}

/// Whether two names of the same size are equal. Names are short, and a call costs more than to compare them.
[[gnu::always_inline]] inline bool equal_names(const char* a, const char* b, std::size_t size) noexcept {
    if (size >= 8) {
        return load_eight(a) == load_eight(b) && load_eight(a + size - 8) == load_eight(b + size - 8) &&
               (size <= 16 || std::memcmp(a, b, size) == 0);
    }
    if (size >= 4) return load_four(a) == load_four(b) && load_four(a + size - 4) == load_four(b + size - 4);
    return std::memcmp(a, b, size) == 0;
}

[[gnu::always_inline]] inline bool is_same_text(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && equal_names(a.data(), b.data(), a.size());
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
