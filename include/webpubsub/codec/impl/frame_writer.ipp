// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/frame_writer.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

WEBPUBSUB_DECL void frame_writer::grow(std::size_t size) {
    const auto used = static_cast<std::size_t>(at_ - out_.data());
    const auto doubled = out_.size() + (out_.size() - begin_);
    out_.resize(used + size + 64 > doubled ? used + size + 64 : doubled);
    at_ = out_.data() + used;
    end_ = out_.data() + out_.size();
}

WEBPUBSUB_DECL char* write_digits(std::uint64_t value, char* to) noexcept {
    char digits[20];
    char* const end = digits + sizeof digits;
    char* at = end;
    do {
        *--at = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    const auto size = static_cast<std::size_t>(end - at);
    std::memcpy(to, at, size);
    return to + size;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
