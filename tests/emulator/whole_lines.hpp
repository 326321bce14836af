// SPDX-License-Identifier: MIT
#pragma once

#include <iosfwd>
#include <string_view>

namespace emulator {

/// Writes a line to the end, and flushes it: no line of another thread comes between.
void print_line(std::ostream& out, std::string_view line);

} // namespace emulator
