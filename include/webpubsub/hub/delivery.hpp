// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/parts/shared_frame.hpp>
#include <webpubsub/messages/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// One WebSocket message to be written: `prefix` and then `body`, in two pieces so that a body is shared by all its
/// receivers.
///
/// A delivery owns its bytes. They stay valid until it is destroyed, whatever happens meanwhile: also after
/// `hub::handle_closed` for the transport, and after the end of the hub. The prefix lies in the object itself, so take
/// the views when the delivery is where it will stay, and not before it is moved there. The count of a body's owners is
/// not atomic: deliveries are destroyed on the thread of their hub.
class delivery {
public:
    delivery(delivery&& other) noexcept
        : frame_(std::move(other.frame_)), body_(other.body_), prefix_size_(other.prefix_size_) {
        std::memcpy(prefix_.data(), other.prefix_.data(), prefix_.size());
    }
    delivery& operator=(delivery&& other) noexcept {
        if (this == &other) return *this;
        frame_ = std::move(other.frame_);
        body_ = other.body_;
        prefix_size_ = other.prefix_size_;
        std::memcpy(prefix_.data(), other.prefix_.data(), prefix_.size());
        return *this;
    }
    ~delivery() = default;

    frame_kind kind() const noexcept { return frame_->kind(); }
    /// The prefix may be empty, and so may the body.
    std::string_view prefix() const noexcept { return {prefix_.data(), prefix_size_}; }
    std::string_view body() const noexcept { return body_; }
    /// The size of the whole message in bytes.
    std::size_t size() const noexcept { return prefix_size_ + body_.size(); }

    /// The hub makes deliveries; this one takes the reference over. The codec is null for a bare payload, and the
    /// sequence id is 0 for a message that has none.
    delivery(hub_parts::shared_frame* frame, const service_codec* encoding, std::uint64_t sequence_id) noexcept
        : frame_(frame), body_(frame->bytes()) {
        if (encoding == nullptr) return;
        const auto number = sequence_id != 0 ? std::optional(sequence_id) : std::nullopt;
        const auto parts = encoding->frame_with_sequence_id(number, body_, prefix_);
        prefix_size_ = static_cast<std::uint32_t>(parts.prefix.size());
        body_ = parts.body;
    }

private:
    hub_parts::frame_owner frame_;
    std::string_view body_;
    frame_prefix prefix_;
    std::uint32_t prefix_size_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
