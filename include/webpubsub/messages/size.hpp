// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/schema.hpp>
#include <webpubsub/messages/service_message.hpp>

#include <cstddef>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// How many bytes the strings of a message have, which is what it keeps of a peer's bytes. In O(entries of its lists
/// and maps).
WEBPUBSUB_DECL std::size_t content_size(const client_message& message) noexcept;
WEBPUBSUB_DECL std::size_t content_size(const service_message& message) noexcept;

namespace detail {

/// The same for a message, or a part of one, of which the rows are given.
WEBPUBSUB_DECL std::size_t content_size(const schema& rows, const void* message) noexcept;

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/messages/impl/size.ipp>
#endif
