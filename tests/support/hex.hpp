// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::test {

/// Spaces between bytes are for the reader.
inline std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size();) {
        if (hex[i] == ' ') {
            ++i;
            continue;
        }
        unsigned value = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
        bytes.push_back(static_cast<char>(value));
        i += 2;
    }
    return bytes;
}

inline std::string to_hex(std::string_view bytes) {
    std::string hex;
    for (const char c : bytes) {
        for (const int shift : {4, 0}) hex.push_back("0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15]);
    }
    return hex;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::test
