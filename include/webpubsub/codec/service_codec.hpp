// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/limits.hpp>
#include <webpubsub/codec/message_buffer.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/subprotocol.hpp>
#include <webpubsub/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Room for the prefix of a frame.
using frame_prefix = std::array<char, 40>;

/// A frame in two pieces, to be written one after the other as one WebSocket message.
struct frame_parts {
    std::string_view prefix;
    std::string_view body;
};

/// What an encoding can do for a hub; one constant table for each. See `service_codec` for the contracts.
struct service_codec_functions {
    result<decode_notes> (*decode)(std::string_view frame, const decode_target<client_message>&, const codec_limits&);
    result<void> (*encode)(const service_message&, std::string& out);
    result<void> (*append_body)(const service_message&, std::string& out);
    frame_parts (*frame_with_sequence_id)(std::optional<std::uint64_t> sequence_id, std::string_view body,
                                          frame_prefix& memory);
};

/// The service's half of a subprotocol: the functions that read a client's frames and write the service's. A small
/// value: give it to a hub when it is made. `json_service_codec` and its like make one.
///
/// Every function may be called from any thread. None throws because of its input.
class service_codec {
public:
    constexpr service_codec(const service_codec_functions& functions, const webpubsub::subprotocol& protocol,
                            const codec_limits& limits = {}) noexcept
        : functions_(&functions), protocol_(protocol), limits_(limits) {}

    constexpr const webpubsub::subprotocol& protocol() const noexcept { return protocol_; }

    /// Reads one frame into `out`, whose memory is reused. After an error `out` is valid but unspecified.
    result<decode_notes> decode(std::string_view frame, client_message& out) const {
        return functions_->decode(frame, out, limits_);
    }

    /// The same into a buffer that keeps the memory of every kind of message it has held.
    result<decode_notes> decode(std::string_view frame, message_buffer<client_message>& out) const {
        return functions_->decode(frame, out, limits_);
    }

    /// Appends one frame to `out`. Fails for an `unknown_message` only, and then appends nothing. The payload must be
    /// what its type says: see `check`.
    result<void> encode(const service_message& message, std::string& out) const {
        return functions_->encode(message, out);
    }

    // A frame of the service is a short prefix and a body. Only the prefix depends on the receiver (its sequence id,
    // and whether it has one), so a body is encoded once however many receivers a message has.

    /// Appends what the frames of `message` have in common: everything but its sequence id.
    result<void> append_body(const service_message& message, std::string& out) const {
        return functions_->append_body(message, out);
    }

    /// The frame for what `append_body` has written, with that sequence id, which only data messages and group states
    /// can have. The prefix is written into `memory`; the rest is `body`, or what follows its first byte. In protobuf
    /// the sequence id stands before the other fields, where `encode` has it among them.
    frame_parts frame_with_sequence_id(std::optional<std::uint64_t> sequence_id, std::string_view body,
                                       frame_prefix& memory) const {
        return functions_->frame_with_sequence_id(sequence_id, body, memory);
    }

    /// See `check_payload`. What one codec has checked may become part of the frames of every other.
    result<void> check(payload_view data) const noexcept { return check_payload(data, limits_.max_data_depth); }

    /// Whether the bodies of both are the same bytes.
    constexpr bool shares_bodies_with(const service_codec& other) const noexcept {
        return functions_ == other.functions_;
    }

private:
    const service_codec_functions* functions_;
    webpubsub::subprotocol protocol_;
    codec_limits limits_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
