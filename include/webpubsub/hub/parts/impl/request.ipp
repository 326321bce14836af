// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/request.hpp>
#include <webpubsub/variant.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL bool is_publication(const client_message& message) noexcept {
    return holds_alternative<send_to_group_message>(message) || holds_alternative<start_stream_message>(message) ||
           holds_alternative<stream_data_message>(message) || holds_alternative<stream_keep_alive_message>(message) ||
           holds_alternative<end_stream_message>(message) || holds_alternative<set_group_state_message>(message);
}

WEBPUBSUB_DECL service_error forbidden(std::string text) {
    return {std::string(error_names::forbidden), std::move(text)};
}

WEBPUBSUB_DECL service_error forbidden(std::string_view action, std::string_view group) {
    std::string text = "The client does not have permission to ";
    text.append(action).append(" group '").append(group).append("'.");
    return forbidden(std::move(text));
}

WEBPUBSUB_DECL service_error bad_request(std::string_view text) {
    return {std::string(error_names::bad_request), std::string(text)};
}

WEBPUBSUB_DECL service_error not_publishing() {
    return {std::string(error_names::internal_server_error), "The other nodes of the service can't be reached."};
}

WEBPUBSUB_DECL service_error stream_not_found() {
    return {std::string(error_names::stream_not_found), "The connection has no open stream with this id."};
}

WEBPUBSUB_DECL service_error half_surrogate() {
    return bad_request("The message has a string with half of a surrogate pair.");
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
