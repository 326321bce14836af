// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

// Numbers that are kept in 64 bits, as what they were. The masks change nothing; a cast would be one too many where the
// types are the same, and none one too few where they are not.

constexpr std::size_t to_size(std::uint64_t number) noexcept { return number & SIZE_MAX; }
constexpr std::uintptr_t to_address(std::uint64_t number) noexcept { return number & UINTPTR_MAX; }

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
