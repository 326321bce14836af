// SPDX-License-Identifier: MIT
#pragma once

// Counts what a program allocates, by replacing the global operator new: to be included by one file of a program.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace webpubsub::inline WEBPUBSUB_MODE::test {

inline std::atomic<std::size_t> allocations{0};

inline void* counted(std::size_t size, std::size_t alignment) {
    ++allocations;
    void* const memory = alignment <= alignof(std::max_align_t)
                             ? std::malloc(size == 0 ? 1 : size)
                             : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::test

void* operator new(std::size_t size) { return webpubsub::test::counted(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return webpubsub::test::counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
