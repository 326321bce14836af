// SPDX-License-Identifier: MIT
#include "thread_inbox.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace examples {

namespace {

/// Confirmations are counted on to come, and are no more than the member has asked for.
std::size_t size_of(const thread_delivery& what) {
    return what.bytes ? thread_inbox::message_cost + what.bytes->size() : 0;
}

} // namespace

thread_inbox::thread_inbox(boost::asio::io_context& io, std::size_t max_bytes, receiver receive)
    : io_(io), max_bytes_(max_bytes), receive_(std::move(receive)) {}

void thread_inbox::push(thread_delivery what) {
    const auto size = size_of(what);
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

void thread_inbox::wake() {
    boost::asio::post(io_, [self = shared_from_this()] { self->deliver(); });
}

void thread_inbox::deliver() {
    std::vector<thread_delivery> batch;
    {
        const std::lock_guard lock(mutex_);
        const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(max_batch, waiting_.size()));
        batch.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
        waiting_.erase(waiting_.begin(), end);
        for (const auto& each : batch) bytes_ -= size_of(each);
    }
    for (const auto& each : batch) {
        // Only this thread closes it, and `receive_` may.
        if (!is_open_) return;
        receive_(each);
    }
    const std::lock_guard lock(mutex_);
    is_awake_ = !waiting_.empty();
    if (is_awake_) wake();
}

void thread_inbox::close() {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
    waiting_.clear();
}

std::uint64_t thread_inbox::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

} // namespace examples
