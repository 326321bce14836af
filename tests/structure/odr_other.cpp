// SPDX-License-Identifier: MIT
#include "every_header.hpp"

std::error_code code_made_elsewhere() { return webpubsub::errc::stopped; }
