// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/unaccepted_fragments.hpp>
#include <webpubsub/support/narrow.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL void unaccepted_fragments::add(detail::shared_bytes frame) {
    const auto size = frame.size();
    frames_.push(new detail::shared_bytes(std::move(frame)));
    bytes_ += size;
}

WEBPUBSUB_COLD_DECL detail::shared_bytes unaccepted_fragments::write_next() {
    const auto& frame = frames_[detail::to_size(to_write_ - first_)];
    ++to_write_;
    if (written_ < to_write_) written_ = to_write_;
    return frame;
}

WEBPUBSUB_COLD_DECL bool unaccepted_fragments::accept_below(std::uint64_t number) {
    bool any = false;
    for (; first_ < number && !frames_.empty(); ++first_) {
        bytes_ -= frames_.poll()->size();
        any = true;
    }
    if (to_write_ < first_) to_write_ = first_;
    return any;
}

WEBPUBSUB_COLD_DECL void unaccepted_fragments::rewind(std::uint64_t number) noexcept {
    if (to_write_ > number) to_write_ = number;
}

WEBPUBSUB_COLD_DECL void unaccepted_fragments::restart() noexcept {
    to_write_ = first_;
    written_ = first_;
}

WEBPUBSUB_COLD_DECL void unaccepted_fragments::drop() noexcept {
    first_ = end();
    to_write_ = first_;
    frames_.clear();
    bytes_ = 0;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
