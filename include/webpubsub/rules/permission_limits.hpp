// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstddef>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// For each permission of one connection (permissions.md sections 3 and 4.1).
struct permission_limits {
    /// Groups that are named one by one, allowed and denied ones together.
    std::size_t literals = 1000;
    std::size_t patterns = 9;

    friend constexpr bool operator==(const permission_limits&, const permission_limits&) = default;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
