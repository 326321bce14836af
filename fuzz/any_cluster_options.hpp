// SPDX-License-Identifier: MIT
#pragma once

#include "op_codes.hpp"

#include <webpubsub/cluster/cluster_options.hpp>
#include <webpubsub/hub/options.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {

/// How many nodes, calls, channels, streams and states there may be, where the input does not choose fewer.
inline constexpr std::size_t most_in_cluster = 6;

inline cluster_options any_cluster_options(op_codes& ops) {
    cluster_options made;
    if (ops.one_in(2)) made.order = bus_order_rule::by_bus;
    if (ops.one_in(2)) made.alone = without_bus::fail;
    if (ops.one_in(4)) made.answer.reset();
    if (ops.one_in(4)) made.interest_linger = duration::zero();
    if (ops.one_in(4)) made.subscription = std::chrono::milliseconds(1);
    made.max_nodes = most_in_cluster;
    made.max_pending = most_in_cluster;
    made.max_numbered_channels = ops.one_in(2) ? 1 : most_in_cluster;
    made.max_foreign_streams = ops.one_in(2) ? 1 : most_in_cluster;
    made.max_foreign_states = ops.one_in(2) ? 1 : most_in_cluster;
    made.max_congested_groups = made.max_foreign_states;
    made.bus.max_items = 20;
    return made;
}

/// Queues that a few messages congest, where other limits are small too.
inline hub_options hub_options_beside(const cluster_options& options) {
    hub_options made;
    if (options.max_numbered_channels != 1) return made;
    made.queues.outbound.frames = 8;
    made.queues.window.messages = 1;
    if (options.max_foreign_streams == 1) made.queues.stall_time = made.queues.slow_after = std::nullopt;
    return made;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz
