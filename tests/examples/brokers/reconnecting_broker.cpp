// SPDX-License-Identifier: MIT
#include "reconnecting_broker.hpp"

#include <algorithm>
#include <utility>

namespace examples {

reconnecting_broker::reconnecting_broker(boost::asio::io_context& io, bus_listener& listener, broker_options options)
    : io_(io), listener_(listener), options_(std::move(options)), timer_(io) {}

void reconnecting_broker::start() {
    if (state_ == state::idle) begin();
}

void reconnecting_broker::begin() {
    state_ = state::connecting;
    seconds_connecting_ = 0;
    wait(question_interval);
    open();
}

/// The timer serves every state: it ends the delay before an attempt, and counts the seconds of all that comes after.
void reconnecting_broker::wait(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([this, epoch = epoch()](boost::system::error_code canceled) {
        if (!canceled && !epoch.expired()) tick();
    });
}

void reconnecting_broker::tick() {
    if (state_ == state::waiting) return begin();
    // Questions are counted instead of time, so that a process that was stopped for a while doesn't blame the broker.
    const bool alive = state_ == state::connected ? ask() : ++seconds_connecting_ <= max_unanswered;
    if (!alive) return lost();
    wait(question_interval);
}

void reconnecting_broker::connected() {
    if (state_ != state::connecting) return;
    state_ = state::connected;
    delay_ = first_delay;
    listener_.handle_connected();
}

void reconnecting_broker::lost() {
    const bool was_connected = state_ == state::connected;
    state_ = state::waiting;
    epoch_ = std::make_shared<char>();
    waiting_.clear();
    waiting_bytes_ = 0;
    close();
    wait(delay_);
    delay_ = std::min(2 * delay_, longest_delay);
    if (was_connected) listener_.handle_lost();
}

void reconnecting_broker::publish(const webpubsub::bus_channel& channel, std::string_view bytes) {
    if (!is_connected()) return;
    auto name = name_of(channel);
    if (waiting_.empty() && unwritten() < max_in_library) return send(name, bytes);
    const auto size = name.size() + bytes.size();
    if (size > options_.max_waiting - waiting_bytes_) {
        ++counts_.dropped;
        return;
    }
    waiting_bytes_ += size;
    waiting_.push_back({std::move(name), std::string(bytes)});
}

void reconnecting_broker::written() {
    while (!waiting_.empty() && unwritten() < max_in_library) {
        const auto next = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= next.name.size() + next.bytes.size();
        send(next.name, next.bytes);
    }
}

} // namespace examples
