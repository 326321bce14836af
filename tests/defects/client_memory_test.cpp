// SPDX-License-Identifier: MIT

// Sanitizers replace the allocation functions, so there is no such test under them.
#include "support/sanitized.hpp"
#if !defined(WEBPUBSUB_TEST_SANITIZED) && __has_include(<malloc.h>)

#include "defects/client_bench.hpp"
#include "defects/memory_use.hpp"

#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>

// What clients keep in memory.

namespace webpubsub::tests {

std::size_t bytes_in_use = 0;
std::optional<std::size_t> allocations_left;

} // namespace webpubsub::tests

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

void* allocate(std::size_t size) {
    if (allocations_left) {
        if (*allocations_left == 0) {
            allocations_left.reset();
            throw std::bad_alloc();
        }
        --*allocations_left;
    }
    void* const memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    bytes_in_use += malloc_usable_size(memory);
    return memory;
}

/// What is read after its end is not what it was.
void release(void* memory) noexcept {
    if (memory == nullptr) return;
    const auto size = malloc_usable_size(memory);
    bytes_in_use -= size;
    std::memset(memory, 0xDD, size);
    std::free(memory);
}

void* allocate_aligned(std::size_t size, std::size_t alignment) {
    void* const memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    bytes_in_use += malloc_usable_size(memory);
    return memory;
}

} // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return allocate_aligned(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

TEST_CASE("defect 22: the ids of a peer's streams are limited in their bytes") {
    client_bench b(client_setup{.reliable = false});
    b.connect();
    const auto before = bytes_in_use;
    for (int i = 0; i < 100; ++i) {
        b.receive(stream_message(std::to_string(i) + std::string(64 * 1024, 's'), 1, "x"));
        b.told.clear();
    }
    // 6 MiB of ids were sent, of which 1024 bytes each would be more than enough.
    CHECK(bytes_in_use - before < mebibyte);
}

#else

#include "support/catch.hpp"

#endif
