// SPDX-License-Identifier: MIT
#pragma once

#include "event_loop_inbox.hpp"

#include <webpubsub/cluster/bus_channel.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <nats/nats.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
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

    /// With what it costs to keep a message of no bytes. What the broker has sent to itself is counted on to come, and
    /// little.
    std::size_t size() const {
        return channel->has_value() ? 256 + static_cast<std::size_t>(natsMsg_GetDataLength(message.get())) : 0;
    }
};

using nats_inbox = event_loop_inbox<nats_received>;

/// What an attempt to connect shares with the thread that makes it.
struct nats_attempt {
    std::mutex mutex;
    bool given_up = false;
};

/// Whom a connection tells. Each function may close the connection.
class nats_connection_owner {
public:
    virtual void handle_written() = 0;
    /// It has ended by itself.
    virtual void handle_end() = 0;

protected:
    ~nats_connection_owner() = default;
};

/// A connection of libnats (3.4) that gets its events from Asio: that way libnats writes when the socket takes
/// something, and never waits for that. It ends when it is lost, and libnats doesn't connect again.
class nats_connection : public std::enable_shared_from_this<nats_connection> {
public:
    /// Null when there is none to be had.
    using taker = std::function<void(std::shared_ptr<nats_connection>)>;

    /// Connects on a thread of its own, for libnats waits for that, at most for some seconds. What was made is given to
    /// `take` on the thread of `io`, unless the attempt was given up; then nothing is called, and neither need last.
    static void open(boost::asio::io_context& io, std::vector<std::string> urls, std::shared_ptr<nats_attempt> attempt,
                     taker take);
    nats_connection(const nats_connection&) = delete;
    nats_connection& operator=(const nats_connection&) = delete;
    explicit nats_connection(boost::asio::io_context& io) : io_(io) {}

    /// Begins to read and to write.
    void start(nats_connection_owner& owner);
    /// The owner hears nothing more of it.
    void close();

    /// What comes goes to the inbox. Null when the connection has ended.
    nats_ptr<natsSubscription> subscribe(const std::string& subject, const std::shared_ptr<nats_inbox>& inbox,
                                         std::optional<webpubsub::bus_channel> channel);
    /// False when the server takes no message of this size, or the connection has ended.
    bool publish(const std::string& subject, std::string_view bytes);
    std::size_t unwritten() const;

    /// Counted by who asks for signs of life, and set to zero by everything that comes.
    unsigned unanswered = 0;

private:
    bool connect(const std::vector<std::string>& urls);
    void wait_to_read();
    void wait_to_write();
    /// Whether libnats has ended the connection.
    bool tell_end();

    boost::asio::io_context& io_;
    nats_connection_owner* owner_ = nullptr;
    int socket_ = -1;
    /// From `start` until libnats is about to close the socket, which is its own.
    std::optional<boost::asio::posix::stream_descriptor> descriptor_;
    bool writes_ = false, wants_to_write_ = false, ended_ = false;
    /// The last member, since its end uses the others.
    nats_ptr<natsConnection> connection_;
};

} // namespace examples
