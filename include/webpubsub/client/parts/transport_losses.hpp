// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/offer.hpp>
#include <webpubsub/support/number_queue.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// Finds the request that breaks its transport. What was written is suspect until the service shows by an ack or a
/// pong that it went on reading; when the transport is lost before, all suspects are charged with the loss. After two
/// such losses in a row requests are to be written one at a time, so that only the guilty one is charged.
class transport_losses {
public:
    void handle_written(ticket request) { suspects_.push(request); }

    /// An ack or a pong came.
    void handle_sign_of_life() noexcept {
        suspects_.clear();
        losses_in_a_row_ = 0;
    }

    /// The transport is lost. Returns the requests that are charged.
    detail::number_queue handle_lost() {
        if (!suspects_.empty() && ++losses_in_a_row_ >= 2) one_at_a_time_ = true;
        detail::number_queue charged;
        std::swap(charged, suspects_);
        return charged;
    }

    bool one_at_a_time() const noexcept { return one_at_a_time_; }

    /// All that was written before is answered.
    void handle_all_answered() noexcept { one_at_a_time_ = false; }

private:
    detail::number_queue suspects_;
    unsigned losses_in_a_row_ = 0;
    bool one_at_a_time_ = false;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
