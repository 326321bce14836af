// SPDX-License-Identifier: MIT
#include "mode_functions.hpp"

int main() {
    const bool same = !compiled_sentence().empty() && compiled_sentence() == header_only_sentence();
    return same && compiled_function() != header_only_function() ? 0 : 1;
}
