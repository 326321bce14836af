// SPDX-License-Identifier: MIT
#pragma once

namespace webpubsub {

/// One visitor out of several functions: `std::visit(overloaded{[](A) {}, [](B) {}}, variant)`.
template <class... Functions>
struct overloaded : Functions... {
    using Functions::operator()...;
};

template <class... Functions>
overloaded(Functions...) -> overloaded<Functions...>;

} // namespace webpubsub
