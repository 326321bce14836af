// SPDX-License-Identifier: MIT
#pragma once

namespace bench_nodes {

/// How many bus messages publications of each kind are.
void print_bus_messages();
/// What it costs that nodes say that they live.
void print_heartbeats();
/// How much of the heap a node with many connections takes.
void print_memory();

} // namespace bench_nodes
