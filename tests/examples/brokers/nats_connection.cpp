// SPDX-License-Identifier: MIT
#include "nats_connection.hpp"

#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include <thread>
#include <utility>

namespace examples {

namespace {

/// In milliseconds, with the handshake.
constexpr std::int64_t connect_time = 2000;
/// A server ends a connection on which a line has more than 4096 bytes, by its default `max_control_line`.
constexpr std::size_t max_subject = 4096 - 64;

/// What a subscription's callback needs, until libnats has called it for the last time.
struct delivery {
    std::shared_ptr<nats_inbox> inbox;
    std::shared_ptr<const std::optional<webpubsub::bus_channel>> channel;
};

void deliver(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    const auto& to = *static_cast<const delivery*>(closure);
    to.inbox->push({to.channel, nats_ptr<natsMsg>(message)});
}

nats_connection& connection_of(void* data) { return *static_cast<nats_connection*>(data); }

} // namespace

void nats_connection::open(boost::asio::io_context& io, std::vector<std::string> urls,
                           std::shared_ptr<nats_attempt> attempt, taker take) {
    std::thread([&io, urls = std::move(urls), attempt = std::move(attempt), take = std::move(take)]() mutable {
        auto made = std::make_shared<nats_connection>(io);
        if (!made->connect(urls)) made = nullptr;
        nats_ReleaseThreadMemory();
        // Under the lock, because neither the event loop nor the owner need outlive the attempt.
        const std::lock_guard lock(attempt->mutex);
        if (attempt->given_up) return;
        boost::asio::post(io, [attempt, made = std::move(made), take = std::move(take)] {
            if (!attempt->given_up) take(made); // which is only given up on this thread
        });
    }).detach();
}

bool nats_connection::connect(const std::vector<std::string>& urls) {
    natsOptions* made = nullptr;
    if (natsOptions_Create(&made) != NATS_OK) return false;
    const nats_ptr<natsOptions> options(made);
    std::vector<const char*> servers;
    for (const auto& url : urls) servers.push_back(url.c_str());

    const auto attach = [](void** data, void* self, natsConnection*, natsSock socket) {
        connection_of(*data = self).socket_ = socket;
        return NATS_OK;
    };
    // Reading begins with `start`, and ends when libnats is about to close the socket.
    const auto read = [](void* self, bool add) {
        if (!add && connection_of(self).descriptor_) {
            connection_of(self).descriptor_->release();
            connection_of(self).descriptor_.reset();
        }
        return NATS_OK;
    };
    const auto write = [](void* self, bool add) {
        connection_of(self).wants_to_write_ = add;
        if (add) connection_of(self).wait_to_write();
        return NATS_OK;
    };
    const auto detach = [](void* self) {
        connection_of(self).ended_ = true;
        return NATS_OK;
    };
    natsConnection* connection = nullptr;
    const bool done =
        natsOptions_SetServers(options.get(), servers.data(), static_cast<int>(servers.size())) == NATS_OK &&
        natsOptions_SetTimeout(options.get(), connect_time) == NATS_OK &&
        natsOptions_SetAllowReconnect(options.get(), false) == NATS_OK &&
        // The owner asks for signs of life; a timer of libnats would write from its own thread.
        natsOptions_SetPingInterval(options.get(), 0) == NATS_OK &&
        // With an event loop it means that no thread flushes; what is published is still written in one piece.
        natsOptions_SetSendAsap(options.get(), true) == NATS_OK &&
        // One thread delivers for all subscriptions, in the order in which messages came. With a thread for each, which
        // is the default, or a pool of several (nats_SetMessageDeliveryPoolSize), only those of one subject keep it.
        natsOptions_UseGlobalMessageDelivery(options.get(), true) == NATS_OK &&
        natsOptions_SetEventLoop(options.get(), this, attach, read, write, detach) == NATS_OK &&
        natsConnection_Connect(&connection, options.get()) == NATS_OK;
    connection_.reset(connection);
    return done;
}

void nats_connection::start(nats_connection_owner& owner) {
    owner_ = &owner;
    descriptor_.emplace(io_, socket_);
    wait_to_read();
}

void nats_connection::close() {
    owner_ = nullptr;
    if (!connection_ || ended_) return;
    // An orderly end would wait for the server's answer while something is unwritten. A failed write is none.
    ::shutdown(socket_, SHUT_RDWR);
    if (unwritten() != 0) natsConnection_ProcessWriteEvent(connection_.get());
    natsConnection_Close(connection_.get());
}

nats_ptr<natsSubscription> nats_connection::subscribe(const std::string& subject,
                                                      const std::shared_ptr<nats_inbox>& inbox,
                                                      std::optional<webpubsub::bus_channel> channel) {
    if (subject.size() > max_subject) return nullptr;
    auto closure = std::make_unique<delivery>();
    closure->inbox = inbox;
    closure->channel = std::make_shared<const std::optional<webpubsub::bus_channel>>(std::move(channel));
    natsSubscription* made = nullptr;
    if (natsConnection_Subscribe(&made, connection_.get(), subject.c_str(), deliver, closure.get()) != NATS_OK) {
        return nullptr;
    }
    nats_ptr<natsSubscription> subscription(made);
    natsSubscription_SetOnCompleteCB(
        made, [](void* last) { delete static_cast<delivery*>(last); }, closure.release());
    natsSubscription_SetPendingLimits(made, -1, -1); // the inbox has one
    return subscription;
}

bool nats_connection::publish(const std::string& subject, std::string_view bytes) {
    return subject.size() <= max_subject &&
           std::cmp_less_equal(bytes.size(), natsConnection_GetMaxPayload(connection_.get())) &&
           natsConnection_Publish(connection_.get(), subject.c_str(), bytes.data(), static_cast<int>(bytes.size())) ==
               NATS_OK;
}

std::size_t nats_connection::unwritten() const {
    const int bytes = natsConnection_Buffered(connection_.get());
    return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

void nats_connection::wait_to_read() {
    if (!descriptor_) return;
    descriptor_->async_wait(descriptor_->wait_read, [self = shared_from_this()](boost::system::error_code canceled) {
        if (canceled || !self->descriptor_) return;
        self->unanswered = 0;
        natsConnection_ProcessReadEvent(self->connection_.get());
        if (!self->tell_end()) self->wait_to_read();
    });
}

void nats_connection::wait_to_write() {
    if (!descriptor_ || std::exchange(writes_, true)) return;
    descriptor_->async_wait(descriptor_->wait_write, [self = shared_from_this()](boost::system::error_code canceled) {
        self->writes_ = false;
        if (canceled || !self->descriptor_ || !self->wants_to_write_) return;
        natsConnection_ProcessWriteEvent(self->connection_.get());
        if (self->tell_end()) return;
        if (self->owner_ != nullptr) self->owner_->handle_written();
        if (self->wants_to_write_) self->wait_to_write();
    });
}

bool nats_connection::tell_end() {
    if (!ended_) return false;
    if (auto* const owner = std::exchange(owner_, nullptr)) owner->handle_end();
    return true;
}

} // namespace examples
