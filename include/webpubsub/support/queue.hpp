// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/narrow.hpp>
#include <webpubsub/support/number_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// Ends what a `polled` owns. A type whose destructor is large has one of its own beside it, so that it is compiled
/// once and not in every place.
template <class T>
void destroy(T* owned) noexcept {
    delete owned;
}

} // namespace detail

/// The owner of what a poll function gave; false when there was nothing. It is used like a `std::optional`:
/// `while (auto event = c.poll_event()) use(*event);`
template <class T>
class polled {
public:
    polled() noexcept = default;
    explicit polled(T* owned) noexcept : owned_(owned) {}
    polled(polled&& other) noexcept : owned_(std::exchange(other.owned_, nullptr)) {}
    polled& operator=(polled&& other) noexcept {
        std::swap(owned_, other.owned_);
        return *this;
    }
    ~polled() {
        using detail::destroy;
        if (owned_ != nullptr) destroy(owned_);
    }

    explicit operator bool() const noexcept { return owned_ != nullptr; }
    bool has_value() const noexcept { return owned_ != nullptr; }
    T& operator*() const noexcept { return *owned_; }
    T* operator->() const noexcept { return owned_; }

    /// Leaves the ownership to the caller.
    T* release() noexcept { return std::exchange(owned_, nullptr); }

private:
    T* owned_ = nullptr;
};

namespace detail {

/// A first-in, first-out queue of things that are never moved. A copy of it holds copies. It is a `number_queue` of
/// pointers, so that a program compiles little for each kind of thing.
template <class T>
class queue {
public:
    queue() = default;
    queue(const queue& other) {
        for (std::size_t i = 0; i < other.size(); ++i) push(new T(other[i]));
    }
    queue(queue&& other) noexcept { std::swap(pointers_, other.pointers_); }
    queue& operator=(queue other) noexcept {
        std::swap(pointers_, other.pointers_);
        return *this;
    }
    ~queue() { clear(); }

    /// Takes the ownership.
    void push(T* owned) { push(polled<T>(owned)); }
    void push(polled<T>&& owned) {
        pointers_.push(reinterpret_cast<std::uintptr_t>(&*owned));
        static_cast<void>(owned.release());
    }

    polled<T> poll() noexcept { return polled<T>(empty() ? nullptr : at(pointers_.pop())); }
    void clear() noexcept {
        while (!empty()) poll();
    }

    /// Counted from the oldest.
    T& operator[](std::size_t index) noexcept { return *at(pointers_.at(index)); }
    const T& operator[](std::size_t index) const noexcept { return *at(pointers_.at(index)); }
    std::size_t size() const noexcept { return pointers_.size(); }
    bool empty() const noexcept { return pointers_.empty(); }

private:
    static T* at(std::uint64_t pointer) noexcept { return reinterpret_cast<T*>(to_address(pointer)); }

    number_queue pointers_;
};

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE
