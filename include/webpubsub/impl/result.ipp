// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/result.hpp>

#include <cstdlib>
#include <string>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_COLD_DECL void throw_bad_result(std::string message) {
#ifdef __cpp_exceptions
    throw bad_result_access(std::move(message));
#else
    static_cast<void>(message);
    std::abort();
#endif
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
