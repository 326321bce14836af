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

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

/// An order to the broker.
struct subscription_order {
    bus_channel channel;
    /// Otherwise the subscription is to be ended.
    bool subscribe = true;

    friend bool operator==(const subscription_order&, const subscription_order&) = default;
};

/// The channels that a node listens to: those that somebody wants, and for a while those that nobody wants any more, so
/// that coming and going does not keep the broker busy. A channel is confirmed while it is sure that nothing that is
/// published on it is missed: the broker has said so for the last order, and the bus was not lost since. Operations are
/// logarithmic in the number of channels, but for the loss and the return of the bus, which are linear.
class interest {
public:
    /// `linger` is how long a channel is kept that nobody wants. The bus is not there yet.
    explicit interest(duration linger) noexcept : linger_(linger) {}

    void want(const bus_channel& channel);
    /// Somebody may want it soon: it is kept until then at least.
    void keep(const bus_channel& channel, steady_time until);
    void release(steady_time now, const bus_channel& channel);
    bool is_confirmed(const bus_channel& channel) const;
    /// Whether something may come on the channel, confirmed or not.
    bool is_ordered(const bus_channel& channel) const;

    /// The broker has subscribed to it, which it says once for each order. The result is whether the channel is
    /// confirmed now.
    bool handle_subscribed(const bus_channel& channel);
    /// Nothing is confirmed any more.
    void handle_lost();
    /// A new connection to the broker, which knows of no subscription.
    void handle_connected();
    void handle_timeout(steady_time now);

    bool is_connected() const noexcept { return is_connected_; }
    std::optional<subscription_order> poll_order();
    std::optional<steady_time> poll_timeout() const { return lingering_.next(); }

    /// How many channels are known.
    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct entry {
        std::uint64_t id = 0;
        bool is_wanted = false;
        /// What the broker was told last.
        bool is_ordered = false;
        /// Subscriptions that the broker was told and has not confirmed.
        std::uint32_t unconfirmed = 0;
        steady_time keep_until = steady_time::min();
    };
    using entry_map = std::map<bus_channel, entry>;

    bool is_needed(const entry& of) const { return of.is_wanted || lingering_.is_set(of.id); }
    entry_map::iterator entry_of(const bus_channel& channel);
    void settle(entry_map::iterator at);

    duration linger_;
    bool is_connected_ = false;
    std::uint64_t last_id_ = 0;
    entry_map entries_;
    /// The channels by the ids of their entries.
    std::map<std::uint64_t, bus_channel> channels_;
    detail::timer_table lingering_;
    /// The ids of the entries for which there is an order.
    std::set<std::uint64_t> due_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/parts/impl/interest.ipp>
#endif
