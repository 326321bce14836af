// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/schema.hpp>
#include <webpubsub/result.hpp>

#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The longest life of a message, in seconds.
inline constexpr std::uint32_t max_ttl_seconds = 300;

/// What a client message must fulfil in every encoding (subprotocols.md sections 2 and 9 to 13): names and ids that are
/// not empty, `ttl_seconds` of at most 300, an idle timeout that is not 0, fragments counted from 1, metadata within
/// its limits. Codecs check it in what they read. Whether a name is a good one is for rules/names.hpp.
WEBPUBSUB_DECL result<void> check_validity(const client_message& message) noexcept;

namespace detail {

/// The same for a message, or a part of one, of which the rows are given; 0 if all is well.
WEBPUBSUB_DECL errc check_rows(const schema& rows, const void* message) noexcept;

/// Whether a message that carries data may come without: then it is an empty text (subprotocols.md sections 9 and 12).
WEBPUBSUB_DECL bool may_lack_data(const schema& rows, const void* message) noexcept;

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/messages/impl/validity.ipp>
#endif
