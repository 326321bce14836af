// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <deque>
#include <functional>
#include <utility>

namespace emulator {

/// Lets one received frame in per turn of the event loop, in the order of arrival. The writes that a frame causes
/// complete within a turn if their peers read, so that many senders at once can't outrun the writes to a peer that
/// keeps up; a hub would take it for a slow consumer.
class turnstile {
public:
    explicit turnstile(boost::asio::io_context& io) : io_(io) {}

    void enter(std::function<void()> take_frame) {
        waiting_.push_back(std::move(take_frame));
        if (waiting_.size() == 1) turn();
    }

private:
    void turn() {
        boost::asio::post(io_, [this] {
            waiting_.front()();
            waiting_.pop_front();
            if (!waiting_.empty()) turn();
        });
    }

    boost::asio::io_context& io_;
    std::deque<std::function<void()>> waiting_;
};

} // namespace emulator
