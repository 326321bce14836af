// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace emulator {

/// Output that is held for a while.
class held_output {
public:
    virtual void flush() = 0;

protected:
    ~held_output() = default;
};

/// Has output written a few turns of the event loop after it was added, so that what comes in these turns goes along:
/// one call of the system for many messages. Where nothing else happens, turns take no time to speak of.
class flush_turns {
public:
    explicit flush_turns(boost::asio::io_context& io) : io_(io) {}

    void add(std::shared_ptr<held_output> output) {
        waiting_.push_back(std::move(output));
        if (waiting_.size() > 1) return;
        left_ = turns;
        turn();
    }

private:
    /// A received frame takes three or four, so that is some frames of one client, or one of each of many.
    static constexpr unsigned turns = 16;

    void turn() {
        boost::asio::post(io_, [this] {
            if (--left_ > 0) return turn();
            for (const auto& output : std::exchange(waiting_, {})) output->flush();
        });
    }

    boost::asio::io_context& io_;
    std::vector<std::shared_ptr<held_output>> waiting_;
    unsigned left_ = 0;
};

} // namespace emulator
