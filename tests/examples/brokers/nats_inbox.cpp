// SPDX-License-Identifier: MIT
#include "nats_inbox.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace examples {

namespace {

/// With what it costs to keep a message of no bytes.
std::size_t size_of(natsMsg* message) { return 256 + static_cast<std::size_t>(natsMsg_GetDataLength(message)); }

} // namespace

nats_inbox::nats_inbox(boost::asio::io_context& io, std::size_t max_bytes, receiver receive)
    : io_(io), max_bytes_(max_bytes), receive_(std::move(receive)) {}

void nats_inbox::push(nats_received received) {
    const auto size = size_of(received.message.get());
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    // What the broker has sent to itself is counted on to come, and little.
    if (received.channel->has_value() && bytes_ + size > max_bytes_) {
        ++dropped_;
        return;
    }
    bytes_ += size;
    waiting_.push_back(std::move(received));
    // Under the lock, because the event loop need not outlive `close`.
    if (waiting_.size() == 1) boost::asio::post(io_, [self = shared_from_this()] { self->deliver(); });
}

void nats_inbox::deliver() {
    std::vector<nats_received> received;
    {
        const std::lock_guard lock(mutex_);
        received.swap(waiting_);
        bytes_ = 0;
    }
    for (auto& it : received) {
        // Only this thread closes it, and `receive_` may.
        if (!open_) return;
        receive_(it);
    }
}

void nats_inbox::close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    waiting_.clear();
}

std::uint64_t nats_inbox::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

} // namespace examples
