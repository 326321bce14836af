// SPDX-License-Identifier: MIT
#pragma once

#include "options.hpp"

#include <stdexcept>

namespace emulator {

/// The certificate or its key can't be used.
struct bad_files : std::runtime_error {
    using runtime_error::runtime_error;
};

/// Listens, says where on standard output, and serves until SIGINT or SIGTERM comes and all connections have ended,
/// which takes at most a few seconds. Throws `bad_files`, or another std::runtime_error when it can't listen.
void serve(const options& chosen);

} // namespace emulator
