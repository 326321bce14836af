// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>

#include <optional>

namespace webpubsub::inline WEBPUBSUB_MODE::testing {

/// The answer by which a service tells that it has not executed this message, for a reason that passes: a client tries
/// again. Nothing for a message that has no such answer.
WEBPUBSUB_DECL std::optional<service_message> passing_failure(const client_message& message);

} // namespace webpubsub::inline WEBPUBSUB_MODE::testing

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/testing/impl/passing_failure.ipp>
#endif
