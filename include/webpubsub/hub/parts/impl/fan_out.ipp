// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/fan_out.hpp>
#include <webpubsub/variant.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_DECL fan_out::shared_message::shared_message(fan_out& memory, const std::vector<service_codec>& encodings,
                                                       const service_message& message, std::optional<payload_view> bare,
                                                       steady_time expires)
    : memory_(memory), encodings_(encodings), message_(message), bare_(bare), expires_(expires) {
    if (memory.variants_.size() <= encodings.size()) memory.variants_.resize(encodings.size() + 1);
}

WEBPUBSUB_DECL fan_out::shared_message::~shared_message() {
    for (auto& it : memory_.variants_) {
        if (!it.frame) continue;
        it.frame->references += it.receivers;
        it.frame.reset();
        it.receivers = 0;
    }
}

WEBPUBSUB_DECL void fan_out::shared_message::encode(variant& it, std::uint8_t encoding) {
    if (encoding == 0) {
        it.frame = frame_owner(make_frame(bare_->bytes, bare_frame_kind(bare_->type), expires_));
    } else {
        const auto& codec = encodings_[encoding - 1u];
        memory_.body_.clear();
        // A hub makes no message that can't be encoded.
        [[maybe_unused]] const auto encoded = codec.append_body(message_, memory_.body_);
        it.frame = frame_owner(make_frame(memory_.body_, codec.protocol().frames(), expires_));
    }
    it.size = it.frame->size();
}

WEBPUBSUB_DECL frame_owner fan_out::encode(const service_codec& codec, const service_message& message) {
    body_.clear();
    [[maybe_unused]] const auto encoded = codec.append_body(message, body_);
    return frame_owner(make_frame(body_, codec.protocol().frames()));
}

WEBPUBSUB_DECL group_data_message& fan_out::outgoing_group_message() {
    auto* const message = get_if<group_data_message>(&outgoing_);
    return message != nullptr ? *message : outgoing_.emplace<group_data_message>();
}

WEBPUBSUB_DECL server_data_message& fan_out::outgoing_server_message() {
    auto* const message = get_if<server_data_message>(&outgoing_);
    return message != nullptr ? *message : outgoing_.emplace<server_data_message>();
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
