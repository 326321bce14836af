// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>

#include <cstddef>
#include <cstdint>
#include <map>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// Numbers what one node sends on each channel. Only the channels that it has used last are remembered, since clients
/// name them: one that was forgotten begins a new run. Each operation is logarithmic in the number of channels.
class sent_numbers {
public:
    struct number {
        std::uint64_t sequence = 0;
        bool begins_run = false;
    };

    /// From `most` channels on, at most twice as many, the oldest are forgotten.
    explicit sent_numbers(std::size_t most) noexcept : most_(most) {}

    /// The number of the next message on the channel.
    number next(const bus_channel& channel);
    /// The number that was given last is of no message, and the next on the channel is as if there had been none.
    void take_back(const bus_channel& channel, const number& last);
    /// Others know nothing of this node any more: all channels begin anew, with larger numbers.
    void begin_anew() noexcept;

    std::size_t size() const noexcept { return recent_.size() + older_.size(); }

private:
    using last_of_channel = std::map<bus_channel, std::uint64_t>;

    std::size_t most_;
    /// The number of messages on all channels: larger than the number of any of them, but for the last.
    std::uint64_t sent_ = 0;
    last_of_channel recent_;
    last_of_channel older_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/sent_numbers.ipp>
#endif
