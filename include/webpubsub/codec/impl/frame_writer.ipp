// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/frame_writer.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL void frame_writer::grow(std::size_t needed) {
    const auto used = size();
    const bool was_short = begin_ == short_;
    const auto before = was_short ? out_.size() : static_cast<std::size_t>(begin_ - out_.data());
    const auto enough = used + needed + 64;
    out_.resize(before + (enough > 2 * used ? enough : 2 * used));
    begin_ = out_.data() + before;
    if (was_short) std::memcpy(begin_, short_, used);
    at_ = begin_ + used;
    end_ = out_.data() + out_.size();
}

WEBPUBSUB_DECL char* write_digits(std::uint64_t value, char* to) noexcept {
    std::size_t size = 1;
    for (auto left = value; left >= 10; left /= 10) ++size;
    for (char* at = to + size; at != to; value /= 10) *--at = static_cast<char>('0' + value % 10);
    return to + size;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
