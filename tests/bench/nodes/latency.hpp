// SPDX-License-Identifier: MIT
#pragma once

#include "nodes/deployment.hpp"

#include <cstddef>
#include <vector>

namespace bench_nodes {

/// In microseconds.
struct latency {
    double median = 0;
    double percentile_99 = 0;
};

/// From the call that sends a message to the group until its bytes are read by a subscriber of the first node, where
/// the publisher is, and by one of each other node. There is one message at a time.
std::vector<latency> measure_latency(const deployment& servers, std::size_t messages, std::size_t data_size);

} // namespace bench_nodes
