// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>

#ifndef __GNUC__
#include <atomic>
#endif

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// How many owners an object has, who may come and go on different threads; one at first. It is a std::atomic, of which
/// g++ and clang have the two operations without <atomic>, a header that takes a fifth of the time of all others here.
class owner_count {
public:
#ifdef __GNUC__
    void add() noexcept { __atomic_fetch_add(&count_, 1, __ATOMIC_RELAXED); }
    /// Whether it was the last one. Then everything that the others did with the object has happened before.
    bool remove() noexcept { return __atomic_fetch_sub(&count_, 1, __ATOMIC_ACQ_REL) == 1; }

private:
    std::size_t count_ = 1;
#else
    void add() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
    /// Whether it was the last one. Then everything that the others did with the object has happened before.
    bool remove() noexcept { return count_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

private:
    std::atomic<std::size_t> count_{1};
#endif
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
