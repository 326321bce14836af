// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/random.hpp>

#include <cassert>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL std::string random_hex(const secure_random& source, std::size_t bytes, const std::string& prefix) {
    unsigned char drawn[64] = {};
    assert(source.fill != nullptr && bytes <= sizeof drawn);
    source.fill(source.context, drawn, bytes);
    std::string text;
    text.reserve(prefix.size() + bytes * 2);
    text += prefix;
    for (std::size_t i = 0; i < bytes; ++i) {
        text.push_back("0123456789abcdef"[drawn[i] >> 4]);
        text.push_back("0123456789abcdef"[drawn[i] & 0x0F]);
    }
    return text;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
