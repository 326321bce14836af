// SPDX-License-Identifier: MIT
#pragma once

#include "broker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace examples {

/// What all brokers do alike: connect, ask for a sign of life each second, connect again after a loss, and keep what
/// has to wait before it is written.
class reconnecting_broker : public broker {
public:
    static constexpr std::chrono::milliseconds first_delay{100}, longest_delay{2000};
    static constexpr std::chrono::seconds question_interval{1};
    /// So many questions in a row may stay without an answer, and so many seconds may a connection take to be made.
    static constexpr unsigned max_unanswered = 5;
    /// What a client library is given before the rest waits here. Libraries move what is left in their buffer after
    /// each write, and a question would come behind all of it.
    static constexpr std::size_t max_in_library = std::size_t{1} << 20;

    void start() final;
    void publish(const webpubsub::bus_channel& channel, std::string_view bytes) final;
    broker_counts counts() const override { return counts_; }

protected:
    /// Both outlive it.
    reconnecting_broker(boost::asio::io_context& io, bus_listener& listener, broker_options options);

    // What a broker is made of.

    /// Begins to connect, and calls `connected` or `lost` later.
    virtual void open() = 0;
    /// Ends the connection or the attempt; nothing of it is heard any more.
    virtual void close() = 0;
    /// Asks for a sign of life; false when too many questions were not answered.
    virtual bool ask() = 0;
    virtual std::string name_of(const webpubsub::bus_channel& channel) const = 0;
    /// How many bytes the client library has yet to write.
    virtual std::size_t unwritten() const = 0;
    /// Hands a publication to the client library.
    virtual void send(const std::string& name, std::string_view bytes) = 0;

    // What a broker tells. Each of the first two may end with the destruction of the broker.

    void connected();
    void lost();
    /// The client library has written something.
    void written();

    bool is_connected() const { return state_ == state::connected; }
    /// Expires with the connection, or the attempt, that there is now. Whatever completes later has to look.
    std::weak_ptr<void> epoch() const { return epoch_; }

    boost::asio::io_context& io_;
    bus_listener& listener_;
    const broker_options options_;
    broker_counts counts_;

private:
    enum class state { idle, waiting, connecting, connected };
    struct publication {
        std::string name, bytes;
    };

    void wait(std::chrono::milliseconds time);
    void tick();
    void begin();

    boost::asio::steady_timer timer_;
    std::shared_ptr<void> epoch_ = std::make_shared<char>();
    std::chrono::milliseconds delay_ = first_delay;
    state state_ = state::idle;
    unsigned seconds_connecting_ = 0;
    std::deque<publication> waiting_;
    std::size_t waiting_bytes_ = 0;
};

} // namespace examples
