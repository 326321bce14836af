// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/testing/passing_failure.hpp>
#include <webpubsub/variant.hpp>

#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::testing {

WEBPUBSUB_COLD_DECL std::optional<service_message> passing_failure(const client_message& message) {
    std::optional<service_message> failed;
    visit(
        [&failed](const auto& sent) {
            if constexpr (requires { sent.ack_id; }) {
                if (!sent.ack_id) return;
                failed = ack_message{*sent.ack_id, service_error{std::string(error_names::internal_server_error),
                                                                 "This failure passes."}};
            } else if constexpr (requires { sent.stream_sequence_id; }) {
                failed = stream_nack_message{sent.stream_id, sent.stream_sequence_id,
                                             std::string(error_names::transient_error), "This failure passes."};
            }
        },
        message);
    return failed;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::testing
