// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/close_reasons.hpp>
#include <webpubsub/messages/frame.hpp>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

WEBPUBSUB_COLD_DECL std::string_view bad_frame_reason(std::uint16_t code, const service_codec* codec) noexcept {
    const auto form = codec != nullptr ? codec->protocol().encoding : encoding::none;
    switch (code) {
    case close_code::unsupported_data:
        return form == encoding::protobuf ? "The protobuf.webpubsub.azure.v1 subprotocol requires binary messages."
                                          : "The JSON subprotocol requires text messages.";
    case close_code::invalid_payload:
        switch (form) {
        case encoding::json: return "The client message is not a valid JSON protocol message.";
        case encoding::protobuf:
            return "The client message is not a valid protobuf.webpubsub.azure.v1 protocol message.";
        case encoding::none: break;
        }
        return "The client message is not valid UTF-8.";
    case close_code::message_too_big: return "The client message is too large.";
    default: return "The client frame is invalid.";
    }
}

WEBPUBSUB_COLD_DECL std::string_view clip_close_reason(std::string_view reason) noexcept {
    std::size_t size = 123;
    if (reason.size() <= size) return reason;
    while (size > 0 && (static_cast<unsigned char>(reason[size]) & 0xC0u) == 0x80u) --size;
    return reason.substr(0, size);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts
