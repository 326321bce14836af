// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {

[[noreturn]] inline void fail(const char* promise) {
    std::fprintf(stderr, "broken: %s\n", promise);
    std::abort();
}

inline void require(bool holds, const char* promise) {
    if (!holds) fail(promise);
}

inline std::string_view as_frame(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz
