// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>

#include <boost/asio/io_context.hpp>
#include <nats/nats.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace examples {

struct nats_destroyer {
    void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
    void operator()(natsSubscription* subscription) const { natsSubscription_Destroy(subscription); }
    void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
    void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
    void operator()(natsInbox* subject) const { natsInbox_Destroy(subject); }
};
template <class T>
using nats_ptr = std::unique_ptr<T, nats_destroyer>;

/// What is received for a channel; without one, what the broker has sent to itself.
struct nats_received {
    std::shared_ptr<const std::optional<webpubsub::bus_channel>> channel;
    nats_ptr<natsMsg> message;
};

/// Carries messages from the thread on which libnats delivers them to the event loop, in one turn all that there are.
class nats_inbox : public std::enable_shared_from_this<nats_inbox> {
public:
    using receiver = std::function<void(nats_received&)>;

    /// `io` and `receive` have to last until `close`.
    nats_inbox(boost::asio::io_context& io, std::size_t max_bytes, receiver receive);

    /// From any thread. A message for a channel that has no place is lost.
    void push(nats_received received);

    // On the thread of the event loop.

    /// Nothing is received any more.
    void close();
    std::uint64_t dropped() const;

private:
    void deliver();

    boost::asio::io_context& io_;
    const std::size_t max_bytes_;
    const receiver receive_;
    mutable std::mutex mutex_;
    std::vector<nats_received> waiting_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    bool open_ = true;
};

} // namespace examples
