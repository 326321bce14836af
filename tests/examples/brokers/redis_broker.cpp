// SPDX-License-Identifier: MIT
#include "redis_broker.hpp"

#include <hiredis/hiredis.h>

#include <utility>

namespace examples {

using webpubsub::bus_channel;

namespace {

std::string_view text_of(const redisReply& reply) { return {reply.str, reply.len}; }

} // namespace

redis_broker::redis_broker(boost::asio::io_context& io, bus_listener& listener, broker_options options,
                           redis_address address)
    : reconnecting_broker(io, listener, std::move(options)),
      address_(std::move(address)),
      own_channel_(options_.prefix + ':' + options_.hub + ':'),
      resolver_(io) {}

redis_broker::~redis_broker() { redis_broker::close(); }

void redis_broker::open() {
    using boost::asio::ip::tcp;
    resolver_.async_resolve(
        address_.host, std::to_string(address_.port),
        [this, epoch = epoch()](boost::system::error_code ec, const tcp::resolver::results_type& found) {
            if (epoch.expired()) return;
            if (ec || found.empty()) return lost();
            // A host of several addresses gets an attempt for each of them in turn.
            const auto place = static_cast<std::ptrdiff_t>(attempts_++ % found.size());
            connect_to(std::next(found.begin(), place)->endpoint().address().to_string());
        });
}

void redis_broker::connect_to(const std::string& address) {
    publisher_ = redis_connection::open(io_, address, address_.port, *this);
    subscriber_ = redis_connection::open(io_, address, address_.port, *this);
    if (!publisher_ || !subscriber_) return lost();
    for (const auto& connection : {publisher_, subscriber_}) {
        if (!address_.password.empty()) connection->command({"AUTH", address_.password});
        ask(*connection);
    }
}

void redis_broker::close() {
    resolver_.cancel();
    for (auto* connection : {&publisher_, &subscriber_}) {
        if (const auto ended = std::exchange(*connection, nullptr)) ended->close();
    }
    publisher_answers_ = subscriber_answers_ = false;
    channels_.clear();
}

bool redis_broker::ask() {
    for (const auto& connection : {publisher_, subscriber_}) {
        if (++connection->unanswered > max_unanswered) return false;
        ask(*connection);
    }
    return true;
}

/// A subscriber is asked by subscribing it once more to a channel that it keeps. After a PING, hiredis 0.14 would keep
/// the callback for ever, since it does not take the answer in that state for one; and if it had no subscription left
/// when the answer comes, it would end the process with an assertion.
void redis_broker::ask(redis_connection& whom) {
    if (&whom == publisher_.get()) {
        whom.command({"PING"});
    } else {
        whom.command({"SUBSCRIBE", own_channel_});
    }
}

std::string redis_broker::name_of(const bus_channel& channel) const {
    return webpubsub::redis_channel_name(options_.prefix, options_.hub, channel);
}

void redis_broker::subscribe(const bus_channel& channel) {
    if (!is_connected()) return;
    auto name = name_of(channel);
    subscriber_->command({"SUBSCRIBE", name});
    channels_.emplace(std::move(name), channel);
}

void redis_broker::unsubscribe(const bus_channel& channel) {
    if (!is_connected()) return;
    const auto name = name_of(channel);
    // hiredis does not expect an answer about a channel that it doesn't know.
    if (channels_.erase(name) != 0) subscriber_->command({"UNSUBSCRIBE", name});
}

void redis_broker::send(const std::string& name, std::string_view bytes) {
    publisher_->command({"PUBLISH", name, bytes});
}

void redis_broker::handle_written(redis_connection& by) {
    if (&by == publisher_.get()) written();
}

void redis_broker::handle_end(redis_connection&) { lost(); }

void redis_broker::handle_reply(redis_connection& from, const redisReply& reply) {
    if (&from == publisher_.get()) {
        if (reply.type != REDIS_REPLY_ERROR) return answered(publisher_answers_);
        // Before anything was answered, an error means that this Redis lets nobody in, or nobody yet.
        if (!publisher_answers_) return lost();
        ++counts_.refused;
    } else if (reply.type == REDIS_REPLY_ARRAY && reply.elements == 3) {
        handle_bus(text_of(*reply.element[0]), text_of(*reply.element[1]), *reply.element[2]);
    }
}

void redis_broker::handle_bus(std::string_view kind, std::string_view name, const redisReply& rest) {
    if (kind == "message") {
        const auto found = channels_.find(name);
        if (found == channels_.end()) return; // its subscription ends
        const auto channel = found->second;   // the listener may end it
        listener_.handle_message(channel, text_of(rest));
    } else if (kind == "subscribe") {
        if (name == own_channel_) return answered(subscriber_answers_);
        if (const auto channel = webpubsub::read_redis_channel_name(options_.prefix, options_.hub, name)) {
            listener_.handle_subscribed(*channel);
        }
    }
}

void redis_broker::answered(bool& first_time) {
    if (std::exchange(first_time, true)) return;
    if (publisher_answers_ && subscriber_answers_) connected();
}

} // namespace examples
