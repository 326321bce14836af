// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace examples {

/// A channel from one member's order to subscribe it to its order to unsubscribe it.
struct thread_subscription {
    webpubsub::bus_channel channel;
    /// Only the member's own thread looks at it. What still waits for an ended subscription is not told.
    bool is_ended = false;
};

/// What a member is told next: a message, without bytes that the subscription is confirmed, without either that the
/// member is connected.
struct thread_delivery {
    std::shared_ptr<const thread_subscription> subscription;
    /// Shared by all who get the message.
    std::shared_ptr<const std::string> bytes;
};

/// Carries what other threads publish to the event loop of one member.
class thread_inbox : public std::enable_shared_from_this<thread_inbox> {
public:
    using receiver = std::function<void(const thread_delivery&)>;
    /// How many deliveries are made in one turn of the event loop, which has clients to serve as well.
    static constexpr std::size_t max_batch = 128;
    /// What a message costs beside its bytes. It bounds the number of those that have none.
    static constexpr std::size_t message_cost = 256;

    /// `io` and `receive` have to last until `close`.
    thread_inbox(boost::asio::io_context& io, std::size_t max_bytes, receiver receive);

    /// From any thread. A message that has no place is lost, and nothing else.
    void push(thread_delivery what);

    // On the thread of the event loop.

    /// Nothing is received any more.
    void close();
    std::uint64_t dropped() const;

private:
    void wake();
    void deliver();

    boost::asio::io_context& io_;
    const std::size_t max_bytes_;
    const receiver receive_;
    mutable std::mutex mutex_;
    std::deque<thread_delivery> waiting_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    /// A turn of the event loop is on its way.
    bool is_awake_ = false;
    bool is_open_ = true;
};

} // namespace examples
