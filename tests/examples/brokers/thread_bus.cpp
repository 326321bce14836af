// SPDX-License-Identifier: MIT
#include "thread_bus.hpp"

#include <algorithm>

namespace examples {

using webpubsub::bus_channel;

void thread_line::subscribe(const std::shared_ptr<thread_subscription>& what,
                            const std::shared_ptr<thread_inbox>& inbox) {
    const std::lock_guard lock(mutex_);
    receivers_[what->channel].push_back({what, inbox});
    inbox->push({what, nullptr});
}

void thread_line::unsubscribe(const thread_subscription& what) {
    const std::lock_guard lock(mutex_);
    const auto found = receivers_.find(what.channel);
    std::erase_if(found->second, [&what](const receiver& each) { return each.subscription.get() == &what; });
    if (found->second.empty()) receivers_.erase(found);
}

void thread_line::publish(const bus_channel& channel, std::string_view bytes) {
    // The copy needs no lock.
    const auto shared = std::make_shared<const std::string>(bytes);
    const std::lock_guard lock(mutex_);
    const auto found = receivers_.find(channel);
    if (found == receivers_.end()) return;
    for (const auto& each : found->second) each.inbox->push({each.subscription, shared});
}

std::shared_ptr<thread_line> thread_bus::line_of(const broker_options& options) {
    const std::lock_guard lock(mutex_);
    auto& line = lines_[{options.prefix, options.hub}];
    if (!line) line = std::make_shared<thread_line>();
    return line;
}

thread_broker::thread_broker(boost::asio::io_context& io, bus_listener& listener, const broker_options& options,
                             thread_bus& bus)
    : listener_(listener),
      line_(bus.line_of(options)),
      inbox_(std::make_shared<thread_inbox>(io, std::min(options.max_waiting, options.max_received),
                                            [this](const thread_delivery& what) { receive(what); })) {}

thread_broker::~thread_broker() {
    for (const auto& [channel, subscription] : subscriptions_) line_->unsubscribe(*subscription);
    inbox_->close();
}

void thread_broker::start() {
    if (!std::exchange(is_started_, true)) inbox_->push({});
}

void thread_broker::subscribe(const bus_channel& channel) {
    if (!is_connected_) return;
    auto& subscription = subscriptions_[channel];
    if (subscription) return inbox_->push({subscription, nullptr});
    subscription = std::make_shared<thread_subscription>(thread_subscription{channel});
    line_->subscribe(subscription, inbox_);
}

void thread_broker::unsubscribe(const bus_channel& channel) {
    const auto ended = subscriptions_.extract(channel);
    if (ended.empty()) return;
    ended.mapped()->is_ended = true;
    line_->unsubscribe(*ended.mapped());
}

void thread_broker::publish(const bus_channel& channel, std::string_view bytes) {
    if (is_connected_) line_->publish(channel, bytes);
}

void thread_broker::receive(const thread_delivery& what) {
    if (!what.subscription) {
        is_connected_ = true;
        listener_.handle_connected();
    } else if (!what.bytes) {
        listener_.handle_subscribed(what.subscription->channel);
    } else if (!what.subscription->is_ended) {
        listener_.handle_message(what.subscription->channel, *what.bytes);
    }
}

} // namespace examples
