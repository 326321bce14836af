// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/result.hpp>

#include <type_traits>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Calls `write(alternative)` for every message of the service but an unknown one.
template <class Write>
result<void> visit_encodable(const service_message& message, Write&& write) {
    return std::visit(
        [&](const auto& alternative) -> result<void> {
            if constexpr (std::is_same_v<std::decay_t<decltype(alternative)>, unknown_message>) {
                return errc::not_encodable;
            } else {
                write(alternative);
                return {};
            }
        },
        message);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
