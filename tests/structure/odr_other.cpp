// SPDX-License-Identifier: MIT
#include "every_header.hpp"

boost::system::error_code code_made_elsewhere() { return webpubsub::errc::stopped; }
