// SPDX-License-Identifier: MIT
#pragma once

#include "options.hpp"

namespace emulator {

/// Listens, says where on standard output, and serves until SIGINT or SIGTERM comes and all connections have ended,
/// which takes at most a few seconds. Throws `bad_files`, or another std::runtime_error when it can't listen.
void serve(const options& chosen);

} // namespace emulator
