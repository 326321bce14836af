// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// A first-in, first-out queue of numbers.
class number_queue {
public:
    number_queue() noexcept = default;
    number_queue(const number_queue&) = default;
    number_queue(number_queue&& other) noexcept { swap(other); }
    number_queue& operator=(number_queue other) noexcept {
        swap(other);
        return *this;
    }
    ~number_queue() = default;

    void push(std::uint64_t number);
    /// Takes the oldest; there is one.
    std::uint64_t pop() noexcept;
    void clear() noexcept;

    /// Counted from the oldest.
    std::uint64_t at(std::size_t index) const noexcept { return numbers_[next_ + index]; }
    std::size_t size() const noexcept { return numbers_.size() - next_; }
    bool empty() const noexcept { return size() == 0; }

private:
    void swap(number_queue& other) noexcept {
        numbers_.swap(other.numbers_);
        std::swap(next_, other.next_);
    }

    std::vector<std::uint64_t> numbers_;
    /// Those before it were taken.
    std::size_t next_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/support/impl/number_queue.ipp>
#endif
