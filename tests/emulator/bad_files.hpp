// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace emulator {

/// A file that an option names can't be used.
struct bad_files : std::runtime_error {
    using runtime_error::runtime_error;
};

} // namespace emulator
