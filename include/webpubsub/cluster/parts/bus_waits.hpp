// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// Who waits until the bus brings what is sent to some channels.
struct bus_waiter {
    enum class kind : std::uint8_t {
        /// A hub's `held_request_id`.
        request,
        /// A hub's `admission_id`.
        admission,
        /// A command, by its number in `calls`.
        command,
    };
    kind what = kind::request;
    std::uint64_t number = 0;

    friend bool operator==(const bus_waiter&, const bus_waiter&) = default;
};

/// The waiters, each until the last of its channels is confirmed, or its time is over. Operations are logarithmic in
/// the number of waiters and linear in what they return.
class bus_waits {
public:
    /// `channels` are those that are not confirmed yet, at least one.
    void add(const bus_waiter& who, const std::vector<bus_channel>& channels, steady_time until);
    /// The channel is confirmed: those who wait for nothing more, in the order in which they came.
    std::vector<bus_waiter> take_ready(const bus_channel& channel);
    std::optional<bus_waiter> take_late(steady_time now);
    /// Everybody, in the order in which they came.
    std::vector<bus_waiter> take_all();

    std::optional<steady_time> poll_timeout() const { return deadlines_.next(); }
    std::size_t size() const noexcept { return waiting_.size(); }

private:
    struct entry {
        bus_waiter who;
        std::set<bus_channel> channels;
    };

    std::uint64_t last_ = 0;
    std::map<std::uint64_t, entry> waiting_;
    /// Who waits for a channel, by the number of its entry.
    std::set<std::pair<bus_channel, std::uint64_t>> by_channel_;
    detail::timer_table deadlines_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/bus_waits.ipp>
#endif
