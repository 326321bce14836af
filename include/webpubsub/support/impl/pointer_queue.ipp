// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/pointer_queue.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL void pointer_queue::push(void* pointer) {
    // What was taken is cleared away when it is half of all.
    if (next_ != 0 && next_ * 2 >= pointers_.size()) {
        pointers_.erase(pointers_.begin(), pointers_.begin() + static_cast<std::ptrdiff_t>(next_));
        next_ = 0;
    }
    pointers_.push_back(pointer);
}

WEBPUBSUB_DECL void* pointer_queue::pop() noexcept {
    if (next_ == pointers_.size()) return nullptr;
    void* const taken = pointers_[next_++];
    if (next_ == pointers_.size()) {
        pointers_.clear();
        next_ = 0;
    }
    return taken;
}

} // namespace webpubsub::detail
