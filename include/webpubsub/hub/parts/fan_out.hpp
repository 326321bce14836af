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

/// What goes from one to many: a message in each of its encodings, and who waits because the many do not read fast
/// enough.
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
    // The same senders wait in a copy. The memory for messages is each one's own, also when another is moved.
    fan_out(const fan_out& other) : waiting_(other.waiting_), seen_leaves_(other.seen_leaves_) {}
    fan_out(fan_out&& other) noexcept : waiting_(std::move(other.waiting_)), seen_leaves_(other.seen_leaves_) {}
    fan_out& operator=(fan_out other) noexcept;
    ~fan_out() = default;

    /// The frame of a message for one receiver.
    frame_owner encode(const service_codec& codec, const service_message& message);

    /// The message that is being sent, as one to a group. Its members keep their memory from message to message.
    group_data_message& outgoing_group_message();
    /// The message that is being sent, as one of the application.
    server_data_message& outgoing_server_message();
    const service_message& outgoing() const noexcept { return outgoing_; }

    // Senders that wait until no member of a group is congested; without a name, until they are not themselves.

    void wait(connection_handle who, std::string_view group);
    /// The connection has ended and waits for nothing. The time is linear in the number of those who wait.
    void forget(connection_handle who) noexcept;
    std::size_t waiting_groups() const noexcept { return waiting_.size(); }
    const std::string& waiting_group(std::size_t i) const noexcept { return waiting_[i].group; }
    /// The senders that wait for the group, in the order in which they came; they do not wait any more.
    std::vector<connection_handle> take_waiting(std::size_t i);

    /// Whether memberships have ended since this was asked last.
    bool note_leaves(std::uint64_t count) noexcept {
        const bool changed = count != seen_leaves_;
        seen_leaves_ = count;
        return changed;
    }
    bool has_seen(std::uint64_t leaves) const noexcept { return waiting_.empty() || leaves == seen_leaves_; }

private:
    struct waiting_senders {
        std::string group;
        std::vector<connection_handle> senders;
    };

    std::vector<variant> variants_;
    std::string body_;
    service_message outgoing_;
    std::vector<waiting_senders> waiting_;
    std::uint64_t seen_leaves_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/fan_out.ipp>
#endif
