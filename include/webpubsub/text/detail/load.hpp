// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstdint>
#include <cstring>

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

} // namespace webpubsub::detail
