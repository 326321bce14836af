// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/service_message.hpp>

#include <string>
#include <string_view>
#include <utility>

// What a hub tells clients whose requests it does not take (subprotocols.md sections 5.3 and 9).

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

inline service_error forbidden(std::string text) { return {std::string(error_names::forbidden), std::move(text)}; }

inline service_error forbidden(std::string_view action, const std::string& group) {
    std::string text = "The client does not have permission to ";
    text.append(action).append(" group '").append(group).append("'.");
    return forbidden(std::move(text));
}

inline service_error bad_request(std::string_view text) {
    return {std::string(error_names::bad_request), std::string(text)};
}

inline service_error stream_not_found() {
    return {std::string(error_names::stream_not_found), "The connection has no open stream with this id."};
}

} // namespace webpubsub::detail
