// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>

// What the program has allocated; client_memory_test.cpp replaces the allocation functions. Sanitizers do so too, so
// there is no such test under them.
namespace webpubsub::tests {

extern std::size_t bytes_in_use;
/// So many allocations succeed before one fails; no limit without a value.
extern std::optional<std::size_t> allocations_left;

inline constexpr std::size_t mebibyte = std::size_t{1} << 20;

} // namespace webpubsub::tests
