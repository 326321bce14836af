// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/message_buffer.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/subprotocol.hpp>
#include <webpubsub/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a frame may hold, beside its size, which is for a client or a hub to limit.
struct codec_limits {
    /// How deep JSON may be nested, but for `data`; the message itself is level 1.
    std::size_t max_depth = 32;
    /// The same for the value of `data`, counted by itself.
    std::size_t max_data_depth = 64;
    /// Of a group state or of metadata.
    std::size_t max_map_entries = 4096;
    /// Of a group state snapshot or update; the service sends at most 200 (subprotocols.md section 11).
    std::size_t max_items = 1000;
};

/// Room for the prefix of a frame.
using frame_prefix = std::array<char, 40>;

/// A frame in two pieces, to be written one after the other as one WebSocket message.
struct frame_parts {
    std::string_view prefix;
    std::string_view body;
};

/// What an encoding can do; one constant table for each. See `codec` for the contracts.
struct codec_functions {
    result<void> (*decode_client)(std::string_view frame, const decode_target<client_message>&, const codec_limits&);
    result<void> (*decode_service)(std::string_view frame, const decode_target<service_message>&, const codec_limits&);
    void (*encode_client)(const client_message&, std::string& out);
    result<void> (*encode_service)(const service_message&, std::string& out);
    result<void> (*append_body)(const service_message&, std::string& out);
    frame_parts (*split)(std::optional<std::uint64_t> sequence_id, std::string_view body, frame_prefix& memory);
    result<void> (*check)(const payload&, const codec_limits&);
};

/// A subprotocol and the functions that read and write its frames. A small value: give it to a client or a hub when
/// it is made. `json_codec` and its like make one; only the file that calls them compiles the parser.
///
/// Every function may be called from any thread. None throws because of its input.
class codec {
public:
    constexpr codec(const codec_functions& functions, const webpubsub::subprotocol& protocol,
                    const codec_limits& limits = {}) noexcept
        : functions_(&functions), protocol_(protocol), limits_(limits) {}

    constexpr const webpubsub::subprotocol& protocol() const noexcept { return protocol_; }

    /// Reads one frame into `out`, whose memory is reused. After an error `out` is valid but unspecified.
    [[nodiscard]] result<void> decode(std::string_view frame, client_message& out) const {
        return functions_->decode_client(frame, {out, nullptr}, limits_);
    }

    /// A message of an unknown kind is not an error: it becomes an `unknown_message`.
    [[nodiscard]] result<void> decode(std::string_view frame, service_message& out) const {
        return functions_->decode_service(frame, {out, nullptr}, limits_);
    }

    /// The same into a buffer that keeps the memory of every kind of message it has held.
    [[nodiscard]] result<void> decode(std::string_view frame, message_buffer<client_message>& out) const {
        return functions_->decode_client(frame, {out.message, &out}, limits_);
    }
    [[nodiscard]] result<void> decode(std::string_view frame, message_buffer<service_message>& out) const {
        return functions_->decode_service(frame, {out.message, &out}, limits_);
    }

    /// Appends one frame to `out`. The payload must be what its type says: see `check`.
    void encode(const client_message& message, std::string& out) const { functions_->encode_client(message, out); }

    /// Appends one frame to `out`. Fails for an `unknown_message` only, and then appends nothing.
    [[nodiscard]] result<void> encode(const service_message& message, std::string& out) const {
        return functions_->encode_service(message, out);
    }

    // A frame of the service is a short prefix and a body. Only the prefix depends on the receiver (its sequence id,
    // and whether it has one), so a body is encoded once however many receivers a message has.

    /// Appends what the frames of `message` have in common: everything but its sequence id.
    [[nodiscard]] result<void> append_body(const service_message& message, std::string& out) const {
        return functions_->append_body(message, out);
    }

    /// The frame for what `append_body` has written, with that sequence id, which only data messages and group states
    /// can have. The prefix is written into `memory`; the rest is `body`, or what follows its first byte. In protobuf
    /// the sequence id stands before the other fields, where `encode` has it among them.
    frame_parts split(std::optional<std::uint64_t> sequence_id, std::string_view body, frame_prefix& memory) const {
        return functions_->split(sequence_id, body, memory);
    }

    /// Whether the bytes of `data` are what its type says, so that it may be put into a frame as it is: one JSON value,
    /// UTF-8, anything, a serialised Any. `errc::invalid_payload`, with the offset where there is one.
    [[nodiscard]] result<void> check(const payload& data) const { return functions_->check(data, limits_); }

    /// Whether the bodies of both are the same bytes.
    constexpr bool shares_bodies_with(const codec& other) const noexcept { return functions_ == other.functions_; }

private:
    const codec_functions* functions_;
    webpubsub::subprotocol protocol_;
    codec_limits limits_;
};

namespace detail {

/// Calls `write(alternative)` for every message of the service but an unknown one.
template <class Write>
result<void> visit_encodable(const service_message& message, Write&& write) {
    return std::visit(
        [&](const auto& alternative) -> result<void> {
            if constexpr (std::is_same_v<std::decay_t<decltype(alternative)>, unknown_message>) {
                return errc::not_encodable;
            } else {
                write(alternative);
                return {};
            }
        },
        message);
}

} // namespace detail
} // namespace webpubsub
