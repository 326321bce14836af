// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace examples {

/// Who is told what comes from a broker: always on the thread of the broker's io_context, never from within a call of
/// one of the broker's functions, never after its destruction. It may destroy the broker.
class bus_listener {
public:
    virtual void handle_message(const webpubsub::bus_channel& channel, std::string_view bytes) = 0;
    /// Once for each `subscribe` of this connection, in their order: from now on the channel's messages come.
    virtual void handle_subscribed(const webpubsub::bus_channel& channel) = 0;
    /// Messages may have been lost, and no subscription is left. Until `handle_connected`, nothing comes and what the
    /// broker is told to do has no effect. A server that had only stopped may go on later with what lost connections
    /// have brought it: then messages from before the loss come after it, even behind newer ones of the same publisher.
    virtual void handle_lost() = 0;
    /// There is a new connection, which knows no subscription.
    virtual void handle_connected() = 0;

protected:
    ~bus_listener() = default;
};

struct broker_options {
    /// Keeps apart what shares the broker: at most 64 letters, digits, '-' and '_'.
    std::string prefix;
    /// In lower case.
    std::string hub;
    /// How many bytes of publications may wait to be written.
    std::size_t max_waiting = std::size_t{64} << 20;
    /// How many bytes of received messages may wait for the event loop, where another thread receives them.
    std::size_t max_received = std::size_t{64} << 20;
};

struct broker_counts {
    /// Messages that were lost because too many bytes waited, either way.
    std::uint64_t dropped = 0;
    /// What the broker doesn't take: publications that are too large, and channels of too long a name.
    std::uint64_t refused = 0;
};

/// A connection to a broker for the bus of one hub, which is made again whenever it is lost. All functions are called
/// on the thread of its io_context. Its destruction ends the connection at once: what has not been written by then is
/// lost, so give the event loop a turn after a last message.
class broker {
public:
    broker() = default;
    broker(const broker&) = delete;
    broker& operator=(const broker&) = delete;
    virtual ~broker() = default;

    virtual void start() = 0;
    virtual void subscribe(const webpubsub::bus_channel& channel) = 0;
    virtual void unsubscribe(const webpubsub::bus_channel& channel) = 0;
    /// Never waits: beyond `max_waiting` the message is lost, and counted.
    virtual void publish(const webpubsub::bus_channel& channel, std::string_view bytes) = 0;
    virtual broker_counts counts() const = 0;
};

} // namespace examples
