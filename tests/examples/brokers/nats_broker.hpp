// SPDX-License-Identifier: MIT
#pragma once

// This adaptor carries the bus of a hub over core NATS, with libnats 3.4. Copy it into your program along with
// nats_connection, event_loop_inbox.hpp, reconnecting_broker and broker.hpp. Leave libnats's pool of delivery threads
// at its size of one: with more of them, messages of different channels overtake each other. Other subscriptions of the
// process that use the pool share its thread, so don't wait in their callbacks. The broker's user must be allowed
// `_INBOX.>`. libnats ignores SIGPIPE in the whole process.

#include "nats_connection.hpp"
#include "reconnecting_broker.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace examples {

class nats_broker final : public reconnecting_broker, private nats_connection_owner {
public:
    /// Each attempt goes through the URLs in any order.
    nats_broker(boost::asio::io_context& io, bus_listener& listener, broker_options options,
                std::vector<std::string> urls);
    ~nats_broker() override;

    void subscribe(const webpubsub::bus_channel& channel) override;
    void unsubscribe(const webpubsub::bus_channel& channel) override;
    broker_counts counts() const override;

private:
    void open() override;
    void close() override;
    bool ask() override;
    std::string name_of(const webpubsub::bus_channel& channel) const override;
    std::size_t unwritten() const override { return connection_->unwritten(); }
    void send(const std::string& name, std::string_view bytes) override;

    void handle_written() override { written(); }
    void handle_end() override { lost(); }

    void take(std::shared_ptr<nats_connection> made);
    void ask_about(std::optional<webpubsub::bus_channel> subscribed);
    void receive(const nats_received& received);

    const std::vector<std::string> urls_;
    std::shared_ptr<nats_attempt> attempt_;
    std::shared_ptr<nats_connection> connection_;
    std::shared_ptr<nats_inbox> inbox_;
    /// A subject on which the broker hears itself. The server does what it is told in order, and libnats keeps the
    /// order of what comes, so whatever was subscribed before has been when a message to itself arrives. That serves as
    /// PING and PONG, for which libnats waits.
    std::string own_subject_;
    nats_ptr<natsSubscription> own_;
    /// For each message to itself that is under way, the channel that was subscribed before, if it is about one.
    std::deque<std::optional<webpubsub::bus_channel>> questions_;
    std::map<webpubsub::bus_channel, nats_ptr<natsSubscription>> channels_;
};

} // namespace examples
