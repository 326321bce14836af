// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// The same as `out.assign(at, size)` for bytes that are no part of `out`. Where a string that is used again does not
/// grow, this is a copy and no call of a function that looks at all the cases.
inline void reassign(std::string& out, const char* at, std::size_t size) {
    if (size > out.size()) {
        out.assign(at, size);
    } else {
        std::char_traits<char>::copy(out.data(), at, size);
        out.erase(size);
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
