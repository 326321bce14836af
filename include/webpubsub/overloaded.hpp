// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// One visitor out of several functions: `visit(overloaded{[](A) {}, [](B) {}}, variant)`.
template <class... Functions>
struct overloaded : Functions... {
    using Functions::operator()...;
};

template <class... Functions>
overloaded(Functions...) -> overloaded<Functions...>;

} // namespace webpubsub::inline WEBPUBSUB_MODE
