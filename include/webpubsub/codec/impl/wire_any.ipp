// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/wire_any.hpp>
#include <webpubsub/text/utf8.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL bool is_any(std::string_view bytes, int depth) noexcept {
    wire_reader reader(bytes, depth);
    for (wire_field field; reader.next(field);) {
        if (field.is(1, wire_type::length) && !is_utf8(field.bytes)) return false;
    }
    return !reader.malformed();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
