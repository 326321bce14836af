// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <array>
#include <cstddef>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The caller's source of random bytes that nobody can predict, for ids and secrets: `getrandom`, `RAND_bytes`, or in a
/// test a seeded generator. `context` is handed to `fill` as it is and stays the caller's; copies of whatever holds
/// this value share it.
struct secure_random {
    void* context = nullptr;
    /// Writes `size` bytes; must not fail.
    void (*fill)(void* context, unsigned char* bytes, std::size_t size) = nullptr;
};

/// `Bytes` random bytes as lower-case hex digits. Needs a `fill`.
template <std::size_t Bytes>
std::string random_hex(const secure_random& source) {
    std::array<unsigned char, Bytes> bytes{};
    source.fill(source.context, bytes.data(), bytes.size());
    std::string text;
    text.reserve(Bytes * 2);
    for (const unsigned char byte : bytes) {
        text.push_back("0123456789abcdef"[byte >> 4]);
        text.push_back("0123456789abcdef"[byte & 0x0F]);
    }
    return text;
}

} // namespace webpubsub
