// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/variant.hpp>

#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a `cluster_member` wants of the connection to the broker, in this order. What is published goes over one
/// connection, so that others get it in the order in which it was published; subscriptions may have another.
namespace bus_orders {

/// Answered by `cluster_member::handle_bus_subscribed` once the broker has it.
struct subscribe {
    bus_channel channel;
};

struct unsubscribe {
    bus_channel channel;
};

struct publish {
    bus_channel channel;
    std::string bytes;
};

} // namespace bus_orders

using bus_order = variant<bus_orders::subscribe, bus_orders::unsubscribe, bus_orders::publish>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
