// SPDX-License-Identifier: MIT
#include "processor_time.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace bench_nodes {

namespace {

/// What all programs have taken since the machine was started, in seconds; not what it took to handle interrupts.
double of_all() {
    std::ifstream file("/proc/stat");
    std::string cpu;
    double user = 0;
    double nice = 0;
    double system = 0;
    file >> cpu >> user >> nice >> system;
    return (user + nice + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double of_ours() {
    double sum = 0;
    for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        ::getrusage(who, &usage);
        for (const auto& time : {usage.ru_utime, usage.ru_stime}) {
            sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
        }
    }
    return sum;
}

} // namespace

processor_time::processor_time() : begin_(std::chrono::steady_clock::now()), all_(of_all()), ours_(of_ours()) {}

double processor_time::by_us() const { return (of_ours() - ours_) / seconds(); }

double processor_time::by_others() const { return (of_all() - all_ - of_ours() + ours_) / seconds(); }

double processor_time::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

} // namespace bench_nodes
