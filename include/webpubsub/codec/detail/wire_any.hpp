// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/wire_reader.hpp>
#include <webpubsub/text/utf8.hpp>

#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Whether these bytes are a serialised `google.protobuf.Any`: `type_url` (1) is UTF-8, `value` (2) any bytes, and
/// other fields may follow.
inline bool is_any(std::string_view bytes, int depth = max_wire_depth) noexcept {
    wire_reader reader(bytes, depth);
    for (wire_field field; reader.next(field);) {
        if (field.is(1, wire_type::length) && !is_utf8(field.bytes)) return false;
    }
    return !reader.malformed();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
