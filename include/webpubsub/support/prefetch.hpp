// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Tells the processor that this memory is about to be used; does nothing where there is no way to say so.
inline void prefetch([[maybe_unused]] const void* address) noexcept {
#if defined(__GNUC__)
    __builtin_prefetch(address, 1);
#endif
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
