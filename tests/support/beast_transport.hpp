// SPDX-License-Identifier: MIT
#pragma once

#include "beast_connection.hpp"

#include <webpubsub/client/client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace webpubsub::tests {

/// A `client_transport` for ws and wss on Boost.Beast, with a way to break connections. The owner outlives it and every
/// handler of the io_context.
class beast_transport {
public:
    /// `due` is called when the timer fires: call the pump's `handle_timeout`.
    beast_transport(net::io_context& io, net::ssl::context& tls, transport_owner& owner, std::function<void()> due)
        : io_(io), tls_(tls), owner_(owner), due_(std::move(due)), timer_(io) {}

    void open(const client_orders::open_transport& wanted) {
        if (held_) {
            waiting_ = wanted;
            return;
        }
        const auto address = parse_websocket_address(wanted.url);
        if (!address) {
            const auto why = address.error().message();
            owner_.trouble(why);
            open_failure failure;
            failure.reason = why;
            return owner_.client.handle_open_failed(owner_.now(), wanted.transport, failure);
        }
        connection_ = std::make_shared<beast_connection>(io_, tls_, owner_, *address);
        connection_->open(wanted);
    }

    void close(const client_orders::close_transport& how) {
        if (std::exchange(waiting_, std::nullopt)) return;
        if (connection_) std::exchange(connection_, nullptr)->close(how);
    }

    void write(const transmit& message) {
        if (connection_) connection_->write(message);
    }

    void arm(std::optional<steady_time> when) {
        timer_.expires_at(when.value_or(steady_time::max()));
        if (!when) return;
        timer_.async_wait([this](error_code ec) {
            if (!ec) due_();
        });
    }

    /// Resets the TCP connection, and opens no other one before `resume`.
    void cut() {
        held_ = true;
        if (connection_) connection_->reset();
    }

    void resume() {
        held_ = false;
        if (const auto wanted = std::exchange(waiting_, std::nullopt)) open(*wanted);
    }

private:
    net::io_context& io_;
    net::ssl::context& tls_;
    transport_owner& owner_;
    std::function<void()> due_;
    net::steady_timer timer_;
    std::shared_ptr<beast_connection> connection_;
    bool held_ = false;
    std::optional<client_orders::open_transport> waiting_;
};

} // namespace webpubsub::tests
