// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace bench_nodes {

/// How much of the processors was taken since it was made, by this program with the programs that it has started and
/// that have ended, and by all others.
class processor_time {
public:
    processor_time();

    /// In processors.
    double by_us() const;
    double by_others() const;

private:
    double seconds() const;

    std::chrono::steady_clock::time_point begin_;
    double all_;
    double ours_;
};

} // namespace bench_nodes
