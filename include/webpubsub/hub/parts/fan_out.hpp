// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/codec.hpp>
#include <webpubsub/hub/parts/connection.hpp>
#include <webpubsub/hub/parts/shared_frame.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The frame kind of a payload that goes to a simple client (subprotocols.md section 4).
constexpr frame_kind bare_frame_kind(data_type type) noexcept {
    return type == data_type::text || type == data_type::json ? frame_kind::text : frame_kind::binary;
}

/// What goes from one to many: a message in each of its encodings.
class fan_out {
public:
    /// One variant of the message, encoded when the first receiver of its encoding comes.
    struct variant {
        frame_owner frame;
        /// The size of the frame in bytes.
        std::uint32_t size = 0;
        /// The number of queues that keep the frame; each new one adds itself.
        std::uint32_t receivers = 0;
    };

    /// One message on its way, encoded at most once for each encoding, and counted once for all its receivers at the
    /// end. There is one at a time.
    class shared_message {
    public:
        /// `bare` is the payload for receivers without a subprotocol; without it they get nothing. The arguments
        /// outlive the message.
        shared_message(fan_out& memory, const std::vector<service_codec>& encodings, const service_message& message,
                       std::optional<payload_view> bare, steady_time expires);
        shared_message(const shared_message&) = delete;
        shared_message& operator=(const shared_message&) = delete;
        ~shared_message();

        bool is_for(std::uint8_t encoding) const noexcept { return encoding != 0 || bare_; }

        /// The variant for `outlet::encoding`, of which `is_for` is true.
        variant& in_encoding(std::uint8_t encoding) {
            auto& it = memory_.variants_[encoding];
            if (!it.frame) encode(it, encoding);
            return it;
        }

    private:
        void encode(variant& it, std::uint8_t encoding);

        fan_out& memory_;
        const std::vector<service_codec>& encodings_;
        const service_message& message_;
        std::optional<payload_view> bare_;
        steady_time expires_;
    };

    fan_out() = default;
    // The memory for messages is each one's own.
    fan_out(const fan_out& /*other*/) noexcept {}
    fan_out& operator=(const fan_out& /*other*/) noexcept { return *this; }
    ~fan_out() = default;

    /// The frame of a message for one receiver.
    frame_owner encode(const service_codec& codec, const service_message& message);

    /// The message that is being sent, as one to a group. Its members keep their memory from message to message.
    group_data_message& outgoing_group_message();
    /// The message that is being sent, as one of the application.
    server_data_message& outgoing_server_message();
    const service_message& outgoing() const noexcept { return outgoing_; }

private:
    std::vector<variant> variants_;
    std::string body_;
    service_message outgoing_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/fan_out.ipp>
#endif
