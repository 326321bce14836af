// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/parts/bus_line.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts {

WEBPUBSUB_DECL bus_channel channel_of(node_id node) { return {bus_channel_kind::node, node.to_string()}; }

WEBPUBSUB_DECL void bus_line::connect() {
    ++connections_;
    channels.handle_connected();
}

WEBPUBSUB_DECL void bus_line::lose() {
    channels.handle_lost();
    counters.unsent += out.drop();
    received_.clear();
}

/// What has come until now came by an earlier subscription, and nothing is missing that was sent between the two.
WEBPUBSUB_DECL bool bus_line::handle_subscribed(const bus_channel& channel) {
    received_.forget(channel);
    return channels.handle_subscribed(channel);
}

WEBPUBSUB_DECL std::optional<bus_envelope> bus_line::open(node_id self, const bus_channel& channel,
                                                          std::string_view bytes) {
    if (!channels.is_ordered(channel)) {
        ++counters.late;
        return std::nullopt;
    }
    const auto envelope = read_bus_envelope(bytes, limits_);
    if (!envelope) {
        count(envelope.error());
        return std::nullopt;
    }
    if (envelope->header.from == self && !own_come_back_) {
        ++counters.own;
        return std::nullopt;
    }
    return *envelope;
}

WEBPUBSUB_DECL std::optional<received_numbers::verdict> bus_line::note(const bus_channel& channel,
                                                                       const bus_header& header) {
    const auto verdict = received_.receive(channel, header);
    if (verdict.is_late) {
        ++counters.repeated;
        return std::nullopt;
    }
    counters.missing += verdict.missing;
    return verdict;
}

WEBPUBSUB_DECL bool bus_line::read(std::string_view body, bus_message& into) {
    const auto read = read_bus_message(body, into, limits_);
    if (!read) count(read.error());
    return read.has_value();
}

WEBPUBSUB_DECL void bus_line::count(const error& why) noexcept {
    ++(why.code == errc::unsupported_version ? counters.unsupported_version : counters.malformed);
}

WEBPUBSUB_DECL polled<bus_order> bus_line::poll() {
    auto order = channels.poll_order();
    if (!order) return out.poll();
    if (order->subscribe) return polled<bus_order>(new bus_order(bus_orders::subscribe{std::move(order->channel)}));
    received_.forget(order->channel);
    return polled<bus_order>(new bus_order(bus_orders::unsubscribe{std::move(order->channel)}));
}

WEBPUBSUB_DECL void bus_line::begin_anew(steady_time now, node_id before, node_id self) {
    received_.clear();
    out.begin_anew();
    channels.release(now, channel_of(before));
    channels.want(channel_of(self));
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::cluster_parts
