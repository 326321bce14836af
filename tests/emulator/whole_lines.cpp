// SPDX-License-Identifier: MIT
#include "whole_lines.hpp"

#include <mutex>
#include <ostream>

namespace emulator {

void print_line(std::ostream& out, std::string_view line) {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    out << line << std::endl;
}

} // namespace emulator
