// SPDX-License-Identifier: MIT
#pragma once

#include <string>

std::string compiled_sentence();
std::string header_only_sentence();
const void* compiled_function();
const void* header_only_function();
