// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/hub.hpp>

#include <cstdint>
#include <exception>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace hub_parts {

/// The close reason for a frame that can't be taken (subprotocols.md sections 1, 7.5 and 13).
WEBPUBSUB_DECL std::string_view bad_frame_reason(std::uint16_t code, const service_codec* codec) noexcept {
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

} // namespace hub_parts

/// A public call of a hub: the turn that its parts work in, which sets the time and settles at its end.
class hub::call : public hub_parts::turn {
public:
    call(hub& of, instant time) : turn{time, of.options_, of.roster_, of.outputs_, of.fan_out_, of.events_}, hub_(of) {
        of.outputs_.set_time(time.steady);
    }
    call(const call&) = delete;
    call& operator=(const call&) = delete;
    /// What an exception leaves is settled by the next call.
    ~call() noexcept(false) {
        if (!hub_.is_settled() && std::uncaught_exceptions() == 0) hub_.settle(*this);
    }

private:
    hub& hub_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
