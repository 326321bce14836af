// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/frame_encoder.hpp>

#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL frame_encoder::frame_encoder(const codec& encoding, std::size_t max_sent_size)
    : codec_(encoding), max_size_(max_sent_size) {}

WEBPUBSUB_COLD_DECL result<void> frame_encoder::check(payload_view data) const {
    if (data.bytes.size() > max_size_) {
        return error::exceeds(errc::frame_too_large, "frames.max_sent_size", max_size_, data.bytes.size());
    }
    return codec_.check(data);
}

WEBPUBSUB_COLD_DECL void frame_encoder::write(std::size_t kind, const void* message) {
    // One long frame is no reason to keep its memory for all the short ones after it.
    constexpr std::size_t kept_capacity = std::size_t{64} << 10;
    if (buffer_.capacity() > kept_capacity) buffer_ = std::string();
    buffer_.clear();
    codec_.encode(kind, message, buffer_);
}

WEBPUBSUB_COLD_DECL detail::shared_bytes frame_encoder::encode_own(std::size_t kind, const void* message) {
    write(kind, message);
    return detail::shared_bytes(buffer_);
}

WEBPUBSUB_COLD_DECL result<detail::shared_bytes> frame_encoder::encode(std::size_t kind, const void* message) {
    write(kind, message);
    if (buffer_.size() > max_size_) {
        return error::exceeds(errc::frame_too_large, "frames.max_sent_size", max_size_, buffer_.size());
    }
    return detail::shared_bytes(buffer_);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
