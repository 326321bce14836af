// SPDX-License-Identifier: MIT
#pragma once

#include "nodes/deployment.hpp"

#include <cstddef>

namespace bench_nodes {

/// The CPU time in seconds that a broker by itself takes for each message that it passes on, where each publication has
/// so many subscribers, and so many are sent at a time.
double measure_broker(broker_kind kind, std::size_t subscribers, std::size_t at_a_time);

} // namespace bench_nodes
