// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace examples {

/// Carries what other threads have for it to an event loop. `Item::size()` is what an item counts for against the
/// limit, in bytes; with 0 it always has a place.
template <class Item>
class event_loop_inbox : public std::enable_shared_from_this<event_loop_inbox<Item>> {
public:
    using receiver = std::function<void(Item&)>;
    /// How many items are received in one turn of the event loop, which has clients to serve as well.
    static constexpr std::size_t max_batch = 128;

    /// `io` and `receive` have to last until `close`.
    event_loop_inbox(boost::asio::io_context& io, std::size_t max_bytes, receiver receive)
        : io_(io), max_bytes_(max_bytes), receive_(std::move(receive)) {}

    /// From any thread. An item that has no place is lost, and nothing else.
    void push(Item what) {
        const auto size = what.size();
        const std::lock_guard lock(mutex_);
        if (!is_open_) return;
        if (size != 0 && bytes_ + size > max_bytes_) {
            ++dropped_;
            return;
        }
        bytes_ += size;
        waiting_.push_back(std::move(what));
        // Under the lock, because the event loop need not outlive `close`.
        if (!std::exchange(is_awake_, true)) wake();
    }

    // On the thread of the event loop.

    /// Nothing is received any more.
    void close() {
        const std::lock_guard lock(mutex_);
        is_open_ = false;
        waiting_.clear();
    }
    std::uint64_t dropped() const {
        const std::lock_guard lock(mutex_);
        return dropped_;
    }

private:
    void wake() {
        boost::asio::post(io_, [self = this->shared_from_this()] { self->deliver(); });
    }
    void deliver() {
        std::vector<Item> batch;
        {
            const std::lock_guard lock(mutex_);
            const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(max_batch, waiting_.size()));
            batch.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
            waiting_.erase(waiting_.begin(), end);
            for (const auto& each : batch) bytes_ -= each.size();
        }
        for (auto& each : batch) {
            // Only this thread closes it, and `receive_` may.
            if (!is_open_) return;
            receive_(each);
        }
        const std::lock_guard lock(mutex_);
        is_awake_ = !waiting_.empty();
        if (is_awake_) wake();
    }

    boost::asio::io_context& io_;
    const std::size_t max_bytes_;
    const receiver receive_;
    mutable std::mutex mutex_;
    std::deque<Item> waiting_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    /// A turn of the event loop is on its way.
    bool is_awake_ = false;
    bool is_open_ = true;
};

} // namespace examples
