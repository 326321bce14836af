// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/result.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a client message must fulfil in every encoding (subprotocols.md sections 2 and 9 to 13): names and ids that are
/// not empty, `ttl_seconds` of at most 300, an idle timeout that is not 0, fragments counted from 1, metadata within
/// its limits. Codecs check it in what they read. Whether a name is a good one is for rules/names.hpp.
WEBPUBSUB_DECL result<void> check_validity(const client_message& message) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/messages/impl/validity.ipp>
#endif
