// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/wire_reader.hpp>

#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Whether these bytes are a serialised `google.protobuf.Any`: `type_url` (1) is UTF-8, `value` (2) any bytes, and
/// other fields may follow.
WEBPUBSUB_DECL bool is_any(std::string_view bytes, int depth = max_wire_depth) noexcept;

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/wire_any.ipp>
#endif
