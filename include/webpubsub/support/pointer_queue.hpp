// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// A first-in, first-out queue of pointers that it does not own.
class pointer_queue {
public:
    void push(void* pointer);
    /// Null when it is empty.
    void* pop() noexcept;

    void* at(std::size_t index) const noexcept { return pointers_[next_ + index]; }
    std::size_t size() const noexcept { return pointers_.size() - next_; }

private:
    std::vector<void*> pointers_;
    /// Those before it were taken.
    std::size_t next_ = 0;
};

} // namespace webpubsub::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/support/impl/pointer_queue.ipp>
#endif
