// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/support/narrow.hpp>
#include <webpubsub/support/number_queue.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// Finds the request that breaks its transport. What was written is suspect until the service shows that it has read
/// that far: by the ack of this or of a later request, or by the pong to a ping that was written behind it. When the
/// transport is lost before, all suspects are charged with the loss. After two such losses in a row requests are to be
/// written one at a time, so that only the guilty one is charged.
///
/// An ack or a pong for something before a request proves nothing: a service may answer the ping of a recovery, or the
/// rejoins of a new connection, and break on what follows, each time.
class transport_losses {
public:
    void handle_written(ticket request) {
        suspects_.push(request);
        ++written_;
    }
    void handle_ping_written() { pings_.push(written_); }

    /// The service has answered this request, which it must have read with all before it.
    void handle_ack(ticket request) noexcept {
        std::size_t place = 0;
        while (place != suspects_.size() && suspects_.at(place) != request) ++place;
        if (place != suspects_.size()) clear(place + 1);
    }
    void handle_pong() noexcept {
        if (pings_.empty()) return;
        const auto first = written_ - suspects_.size();
        const auto read = pings_.pop();
        if (read > first) clear(detail::to_size(read - first));
    }

    /// The transport is lost. Returns the requests that are charged.
    detail::number_queue handle_lost() {
        losses_in_a_row_ = suspects_.empty() ? 0 : losses_in_a_row_ + 1;
        if (losses_in_a_row_ >= 2) one_at_a_time_ = true;
        pings_.clear();
        detail::number_queue charged;
        std::swap(charged, suspects_);
        return charged;
    }

    bool one_at_a_time() const noexcept { return one_at_a_time_; }

    /// All that was written before is answered.
    void handle_all_answered() noexcept { one_at_a_time_ = false; }

private:
    /// Clears the oldest suspects, so many.
    void clear(std::size_t count) noexcept {
        for (; count != 0; --count) suspects_.pop();
        if (suspects_.empty()) losses_in_a_row_ = 0;
    }

    /// The requests that the service has not shown to have read, in the order of their writings. Every request that was
    /// written after the first of them is among them.
    detail::number_queue suspects_;
    /// The number of requests that had been written before each ping without a pong, in the order of the pings.
    detail::number_queue pings_;
    /// The number of requests that were written, ever.
    std::uint64_t written_ = 0;
    /// The number of losses with suspects, since all suspects were cleared last.
    unsigned losses_in_a_row_ = 0;
    bool one_at_a_time_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
