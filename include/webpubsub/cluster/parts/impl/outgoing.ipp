// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_codec.hpp>
#include <webpubsub/cluster/parts/outgoing.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL bool outgoing::publish(node_id from, const bus_channel& channel, const bus_message& message) {
    const auto number = numbers_.next(channel);
    bus_orders::publish order{channel, {}};
    append_bus_message({from, number.sequence, number.begins_run}, message, order.bytes);
    if (order.bytes.size() > max_bytes_) {
        if (channel.kind == bus_channel_kind::node) numbers_.take_back(channel, number);
        return false;
    }
    waiting_.push(new bus_order(std::move(order)));
    return true;
}

WEBPUBSUB_DECL void outgoing::begin_anew() noexcept {
    numbers_.begin_anew();
    waiting_.clear();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
