// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

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

namespace detail {

/// So many random bytes, at most 64, as lower-case hex digits behind a prefix. Needs a `fill`.
WEBPUBSUB_DECL std::string random_hex(const secure_random& source, std::size_t bytes, const std::string& prefix = {});

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/support/impl/random.ipp>
#endif
