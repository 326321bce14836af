// SPDX-License-Identifier: MIT

// Compiled twice, once for each mode; the names of what is in it differ by the mode only.

#include "core_headers.hpp"

#include "mode_functions.hpp"

namespace {

std::string sentence_of_a_failure() {
    using namespace webpubsub;
    const result<int> failed = error::exceeds(errc::frame_too_large, "max_frame_size", 7, 8);
    try {
        return std::to_string(failed.value());
    } catch (const bad_result_access& thrown) {
        return thrown.what() == failed.error().message() ? thrown.what() : "";
    }
}

} // namespace

#ifdef WEBPUBSUB_COMPILED
std::string compiled_sentence() { return sentence_of_a_failure(); }
const void* compiled_function() { return reinterpret_cast<const void*>(&webpubsub::message_of); }
#else
std::string header_only_sentence() { return sentence_of_a_failure(); }
const void* header_only_function() { return reinterpret_cast<const void*>(&webpubsub::message_of); }
#endif
