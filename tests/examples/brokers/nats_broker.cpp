// SPDX-License-Identifier: MIT
#include "nats_broker.hpp"

#include <utility>

namespace examples {

using webpubsub::bus_channel;

nats_broker::nats_broker(boost::asio::io_context& io, bus_listener& listener, broker_options options,
                         std::vector<std::string> urls)
    : reconnecting_broker(io, listener, std::move(options)), urls_(std::move(urls)) {}

nats_broker::~nats_broker() { nats_broker::close(); }

void nats_broker::open() {
    attempt_ = std::make_shared<nats_attempt>();
    nats_connection::open(io_, urls_, attempt_,
                          [this](std::shared_ptr<nats_connection> made) { take(std::move(made)); });
}

void nats_broker::take(std::shared_ptr<nats_connection> made) {
    natsInbox* subject = nullptr;
    if (!made || natsInbox_Create(&subject) != NATS_OK) return lost();
    own_subject_ = nats_ptr<natsInbox>(subject).get();
    connection_ = std::move(made);
    connection_->start(*this);
    inbox_ = std::make_shared<nats_inbox>(io_, options_.max_received, [this](auto& received) { receive(received); });
    own_ = connection_->subscribe(own_subject_, inbox_, std::nullopt);
    ask_about(std::nullopt);
}

void nats_broker::close() {
    if (const auto attempt = std::exchange(attempt_, nullptr)) {
        const std::lock_guard lock(attempt->mutex);
        attempt->given_up = true;
    }
    if (const auto inbox = std::exchange(inbox_, nullptr)) {
        inbox->close();
        counts_.dropped += inbox->dropped();
    }
    if (const auto connection = std::exchange(connection_, nullptr)) connection->close();
    own_ = nullptr;
    channels_.clear();
    questions_.clear();
}

bool nats_broker::ask() {
    if (++connection_->unanswered > max_unanswered) return false;
    ask_about(std::nullopt);
    return true;
}

void nats_broker::ask_about(std::optional<bus_channel> subscribed) {
    if (connection_->publish(own_subject_, {})) questions_.push_back(std::move(subscribed));
}

std::string nats_broker::name_of(const bus_channel& channel) const {
    return webpubsub::nats_subject(options_.prefix, options_.hub, channel);
}

void nats_broker::subscribe(const bus_channel& channel) {
    if (!is_connected()) return;
    if (!channels_.contains(channel)) {
        auto subscription = connection_->subscribe(name_of(channel), inbox_, channel);
        if (!subscription) {
            ++counts_.refused;
            return;
        }
        channels_.emplace(channel, std::move(subscription));
    }
    ask_about(channel);
}

void nats_broker::unsubscribe(const bus_channel& channel) { channels_.erase(channel); }

void nats_broker::send(const std::string& name, std::string_view bytes) {
    if (!connection_->publish(name, bytes)) ++counts_.refused;
}

void nats_broker::receive(const nats_received& received) {
    const auto& channel = *received.channel;
    if (channel) {
        auto* const message = received.message.get();
        // What comes of an ended subscription is not wanted.
        if (!channels_.contains(*channel)) return;
        return listener_.handle_message(
            *channel, {natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message))});
    }
    if (questions_.empty()) return;
    const auto subscribed = std::move(questions_.front());
    questions_.pop_front();
    if (!is_connected()) return connected();
    if (subscribed) listener_.handle_subscribed(*subscribed);
}

broker_counts nats_broker::counts() const {
    auto counts = counts_;
    if (inbox_) counts.dropped += inbox_->dropped();
    return counts;
}

} // namespace examples
