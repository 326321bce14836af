// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/messages/schema.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Checks a message, or a part of one, of which the rows are given, as `check_validity` does; 0 if all is well.
WEBPUBSUB_DECL errc check_rows(const schema& rows, const void* message) noexcept;

/// Whether a message that carries data may come without: then it is an empty text (subprotocols.md sections 9 and 12).
WEBPUBSUB_DECL bool may_lack_data(const schema& rows, const void* message) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/messages/impl/row_checks.ipp>
#endif
