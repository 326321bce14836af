// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/number_queue.hpp>

#include <cstring>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL void number_queue::push(std::uint64_t number) {
    // What was taken is cleared away when it is half of all.
    if (next_ != 0 && next_ * 2 >= numbers_.size()) {
        const auto left = size();
        std::memmove(numbers_.data(), numbers_.data() + next_, left * sizeof(number));
        while (numbers_.size() != left) numbers_.pop_back();
        next_ = 0;
    }
    numbers_.push_back(number);
}

WEBPUBSUB_DECL std::uint64_t number_queue::pop() noexcept {
    const auto taken = numbers_[next_++];
    if (next_ == numbers_.size()) clear();
    return taken;
}

WEBPUBSUB_DECL void number_queue::clear() noexcept {
    numbers_.clear();
    next_ = 0;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
