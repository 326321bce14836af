// SPDX-License-Identifier: MIT
#pragma once

// This adaptor carries the bus of a hub between threads of one process, each with an event loop and a hub of its own.
// Copy it into your program along with event_loop_inbox.hpp and broker.hpp. All brokers that are made with one bus
// share it.

#include "broker.hpp"
#include "event_loop_inbox.hpp"

#include <webpubsub/cluster/bus_channel.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
    /// What a message costs beside its bytes. It bounds the number of those that have none.
    static constexpr std::size_t message_cost = 256;

    std::shared_ptr<const thread_subscription> subscription{};
    /// Shared by all who get the message.
    std::shared_ptr<const std::string> bytes{};

    /// Confirmations are counted on to come, and are no more than the member has asked for.
    std::size_t size() const { return bytes ? message_cost + bytes->size() : 0; }
};

using thread_inbox = event_loop_inbox<thread_delivery>;

/// The bus of one hub. Every function may be called from any thread. Whoever publishes hands the message to all who
/// have subscribed the channel before anybody else publishes, so that all get all messages in one order.
class thread_line {
public:
    /// What is published from now on comes into the inbox, behind the confirmation.
    void subscribe(const std::shared_ptr<thread_subscription>& what, const std::shared_ptr<thread_inbox>& inbox);
    void unsubscribe(const thread_subscription& what);
    void publish(const webpubsub::bus_channel& channel, std::string_view bytes);

private:
    struct receiver {
        std::shared_ptr<const thread_subscription> subscription;
        std::shared_ptr<thread_inbox> inbox;
    };

    std::mutex mutex_;
    std::map<webpubsub::bus_channel, std::vector<receiver>> receivers_;
};

/// The buses of all hubs. It may end before its brokers.
class thread_bus {
public:
    /// From any thread.
    std::shared_ptr<thread_line> line_of(const broker_options& options);

private:
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<thread_line>> lines_;
};

/// A member on a bus, which is never lost. What is published is received at once: there is one place where it waits,
/// the receiver's inbox, which holds as much as the smaller limit of the two. A message that finds it full is lost for
/// this receiver alone, and counted there.
class thread_broker final : public broker {
public:
    /// Event loop and listener outlive it.
    thread_broker(boost::asio::io_context& io, bus_listener& listener, const broker_options& options, thread_bus& bus);
    ~thread_broker() override;

    void start() override;
    void subscribe(const webpubsub::bus_channel& channel) override;
    void unsubscribe(const webpubsub::bus_channel& channel) override;
    void publish(const webpubsub::bus_channel& channel, std::string_view bytes) override;
    broker_counts counts() const override { return {inbox_->dropped(), 0}; }

private:
    void receive(const thread_delivery& what);

    bus_listener& listener_;
    std::shared_ptr<thread_line> line_;
    std::shared_ptr<thread_inbox> inbox_;
    std::map<webpubsub::bus_channel, std::shared_ptr<thread_subscription>> subscriptions_;
    bool is_started_ = false;
    bool is_connected_ = false;
};

} // namespace examples
