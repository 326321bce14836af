// SPDX-License-Identifier: MIT
#include "every_header.hpp"

std::error_code code_made_elsewhere();

// The point is that this links. Both files must also mean the same error category.
int main() { return webpubsub::make_error_code(webpubsub::errc::stopped) == code_made_elsewhere() ? 0 : 1; }
