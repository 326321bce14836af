// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/config.hpp>

#include <cstdint>
#include <utility>
#include <vector>

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
    void handle_written(ticket request) { suspects_.push_back({++last_, request}); }
    void handle_ping_written() { pings_.push_back(last_); }

    /// The service has answered this request, which it must have read with all before it.
    void handle_ack(ticket request) {
        std::uint64_t read = 0;
        for (const auto& each : suspects_) {
            if (each.request == request) read = each.place;
        }
        clear_up_to(read);
    }
    void handle_pong() {
        if (pings_.empty()) return;
        clear_up_to(pings_.front());
        pings_.erase(pings_.begin());
    }

    /// The transport is lost. Returns the requests that are charged.
    std::vector<ticket> handle_lost() {
        losses_in_a_row_ = suspects_.empty() ? 0 : losses_in_a_row_ + 1;
        if (losses_in_a_row_ >= 2) one_at_a_time_ = true;
        pings_.clear();
        std::vector<ticket> charged;
        for (const auto& each : std::exchange(suspects_, {})) charged.push_back(each.request);
        return charged;
    }

    bool one_at_a_time() const noexcept { return one_at_a_time_; }

    /// All that was written before is answered.
    void handle_all_answered() noexcept { one_at_a_time_ = false; }

private:
    struct suspect {
        /// Among all writings.
        std::uint64_t place = 0;
        ticket request = 0;
    };

    void clear_up_to(std::uint64_t place) {
        auto first = suspects_.begin();
        while (first != suspects_.end() && first->place <= place) ++first;
        const bool any = first != suspects_.begin();
        suspects_.erase(suspects_.begin(), first);
        if (any && suspects_.empty()) losses_in_a_row_ = 0;
    }

    std::vector<suspect> suspects_;
    /// For each ping without a pong, the last writing before it.
    std::vector<std::uint64_t> pings_;
    std::uint64_t last_ = 0;
    unsigned losses_in_a_row_ = 0;
    bool one_at_a_time_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
