// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstdlib>

// For a program whose other files are compiled for an instruction set that not every processor has. This one is not,
// and ends the program before any code of theirs is run, what they do ahead of main() included.

namespace {

/// What CTest takes for "skipped".
constexpr int skipped = 77;

[[gnu::constructor(101)]] void require_instruction_set() {
    __builtin_cpu_init();
    if (__builtin_cpu_supports(WEBPUBSUB_TEST_INSTRUCTION_SET)) return;
    std::fputs("SKIPPED: this processor has no " WEBPUBSUB_TEST_INSTRUCTION_SET ".\n", stderr);
    std::_Exit(skipped);
}

} // namespace
