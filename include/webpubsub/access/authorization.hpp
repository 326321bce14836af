// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/text/ascii.hpp>

#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The token of an `Authorization` header, `Bearer {token}`; empty for any other scheme.
constexpr std::string_view token_of_authorization(std::string_view header) noexcept {
    constexpr std::string_view scheme = "Bearer ";
    if (!equal_ignoring_case(header.substr(0, scheme.size()), scheme)) return {};
    header.remove_prefix(scheme.size());
    return trim_white_space(header);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
