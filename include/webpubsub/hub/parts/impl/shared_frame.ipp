// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/shared_frame.hpp>

#include <cassert>
#include <cstring>
#include <new>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL shared_frame* make_frame(std::string_view bytes, frame_kind kind, steady_time expires) {
    assert(bytes.size() <= shared_frame::max_size);
    auto* const made = ::new (::operator new(sizeof(shared_frame) + bytes.size())) shared_frame;
    made->size_and_kind = static_cast<std::uint32_t>(bytes.size());
    if (kind == frame_kind::binary) made->size_and_kind |= ~shared_frame::max_size;
    made->expires = expires;
    if (!bytes.empty()) std::memcpy(reinterpret_cast<char*>(made + 1), bytes.data(), bytes.size());
    return made;
}

WEBPUBSUB_DECL void destroy_frame(shared_frame* frame) noexcept { ::operator delete(frame); }

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
