// SPDX-License-Identifier: MIT
#pragma once

// This adaptor carries the bus of a hub over Redis Pub/Sub, with hiredis 0.14 and RESP2. Copy it into your program
// along with redis_connection, reconnecting_broker and broker.hpp. It ignores SIGPIPE in a process that does nothing
// about it. There is no TLS.

#include "reconnecting_broker.hpp"
#include "redis_connection.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace examples {

struct redis_address {
    std::string host = "127.0.0.1";
    unsigned short port = 6379;
    /// What is sent with AUTH first; nothing is where it is empty.
    std::string password{};
};

/// Publications go over one connection, so that they keep their order, and subscriptions over another, on which RESP2
/// allows nothing else. When one of them is lost, so is the other.
class redis_broker final : public reconnecting_broker, private redis_connection_owner {
public:
    redis_broker(boost::asio::io_context& io, bus_listener& listener, broker_options options, redis_address address);
    ~redis_broker() override;

    void subscribe(const webpubsub::bus_channel& channel) override;
    void unsubscribe(const webpubsub::bus_channel& channel) override;

private:
    void open() override;
    void close() override;
    bool ask() override;
    std::string name_of(const webpubsub::bus_channel& channel) const override;
    std::size_t unwritten() const override { return publisher_->unwritten(); }
    void send(const std::string& name, std::string_view bytes) override;

    void handle_reply(redis_connection& from, const redisReply& reply) override;
    void handle_written(redis_connection& by) override;
    void handle_end(redis_connection& of) override;

    void connect_to(const std::string& address);
    void ask(redis_connection& whom);
    void handle_bus(std::string_view kind, std::string_view name, const redisReply& rest);
    void answered(bool& first_time);

    const redis_address address_;
    /// Of no channel of a hub, and always subscribed.
    const std::string own_channel_;
    boost::asio::ip::tcp::resolver resolver_;
    std::size_t attempts_ = 0;
    std::shared_ptr<redis_connection> publisher_, subscriber_;
    bool publisher_answers_ = false, subscriber_answers_ = false;
    /// What is wanted, by the names at the broker.
    std::map<std::string, webpubsub::bus_channel, std::less<>> channels_;
};

} // namespace examples
