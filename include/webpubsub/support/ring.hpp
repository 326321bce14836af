// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cassert>
#include <cstdint>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// A queue in one block of memory that grows to a power of two and is then used again and again: in a steady state
/// nothing is allocated. `T` is default-constructible, and its moves don't throw; a popped element is left as its move
/// left it until its place is used again. A ring holds less than 2^31 elements.
template <class T>
class ring {
public:
    ring() noexcept = default;
    ring(const ring& other) {
        if (other.count_ == 0) return;
        ring made;
        made.slots_ = new T[other.capacity_];
        made.capacity_ = other.capacity_;
        for (; made.count_ < other.count_; ++made.count_) made.slots_[made.count_] = other[made.count_];
        swap(made);
    }
    ring(ring&& other) noexcept { swap(other); }
    ring& operator=(ring other) noexcept {
        swap(other);
        return *this;
    }
    ~ring() { delete[] slots_; }

    std::uint32_t size() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }

    /// Elements are counted from the front.
    T& operator[](std::uint32_t i) noexcept { return slots_[(head_ + i) & (capacity_ - 1)]; }
    const T& operator[](std::uint32_t i) const noexcept { return slots_[(head_ + i) & (capacity_ - 1)]; }

    T& front() noexcept { return slots_[head_]; }
    const T& front() const noexcept { return slots_[head_]; }

    void push_back(T value) {
        if (count_ == capacity_) grow();
        slots_[(head_ + count_) & (capacity_ - 1)] = std::move(value);
        ++count_;
    }

    /// Puts a value before all others.
    void push_front(T value) {
        if (count_ == capacity_) grow();
        head_ = (head_ - 1) & (capacity_ - 1);
        slots_[head_] = std::move(value);
        ++count_;
    }

    void pop_front() noexcept { drop_front(1); }

    T take_front() noexcept {
        T value = std::move(front());
        drop_front(1);
        return value;
    }

    /// Takes `n` elements off the front at once; at most `size()`.
    void drop_front(std::uint32_t n) noexcept {
        assert(n <= count_);
        head_ = (head_ + n) & (capacity_ - 1);
        count_ -= n;
    }

    /// Takes `n` elements off the end.
    void drop_back(std::uint32_t n) noexcept {
        assert(n <= count_);
        count_ -= n;
    }

    /// Empties the queue and gives its memory back.
    void reset() noexcept { *this = ring(); }

private:
    void grow() {
        const std::uint32_t larger = capacity_ == 0 ? 8 : capacity_ * 2;
        T* const slots = new T[larger];
        for (std::uint32_t i = 0; i < count_; ++i) slots[i] = std::move((*this)[i]);
        delete[] slots_;
        slots_ = slots;
        head_ = 0;
        capacity_ = larger;
    }

    void swap(ring& other) noexcept {
        std::swap(slots_, other.slots_);
        std::swap(head_, other.head_);
        std::swap(count_, other.count_);
        std::swap(capacity_, other.capacity_);
    }

    T* slots_ = nullptr;
    std::uint32_t head_ = 0;
    std::uint32_t count_ = 0;
    /// A power of two, or 0.
    std::uint32_t capacity_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
