// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/detail/alternative.hpp>
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
    /// The same for the value of `data`, counted by itself, and for a payload that `check` looks at.
    std::size_t max_data_depth = 64;
    /// Of a group state or of metadata.
    std::size_t max_map_entries = 4096;
    /// Of a group state snapshot or update; the service sends at most 200 (subprotocols.md section 11).
    std::size_t max_items = 1000;
};

/// What a decoder had to change in a frame that it could read.
///
/// A JSON string may hold half of a surrogate pair as an escape, as in `"\ud83d"`: the grammar allows it (RFC 8259
/// section 8.2), and JavaScript writes it for a text that was cut inside an emoji. No UTF-8 stands for it. Where JSON
/// is handed on as it came (data of type json, properties that the protocol does not know) nothing is changed. In a
/// string that is decoded, U+FFFD takes the place of the half, the frame is no error, and these members tell where it
/// was. Who receives the message decides (design: a hub refuses the request with `BadRequest`, or drops it if it has no
/// ack id, and the connection goes on; a client delivers the message and tells the application).
struct decode_notes {
    /// A name, an id or another string that has a meaning for the protocol was changed: its JSON name, e.g. `group`.
    /// Null where none was. It points to memory that lives as long as the program.
    const char* replaced_in_name = nullptr;
    /// Data of type text was changed.
    bool replaced_in_text = false;

    constexpr bool empty() const noexcept { return replaced_in_name == nullptr && !replaced_in_text; }

    friend bool operator==(const decode_notes&, const decode_notes&) = default;
};

/// Whether the bytes of `data` are what its type says, so that they may be put into a frame as they are: one JSON
/// value, with arrays and objects nested `max_depth` deep, UTF-8, anything, a serialised Any. `errc::invalid_payload`,
/// with the offset where there is one.
WEBPUBSUB_DECL result<void> check_payload(payload_view data,
                                          std::size_t max_depth = codec_limits().max_data_depth) noexcept;

/// What an encoding can do for a client; one constant table for each. See `codec` for the contracts.
struct codec_functions {
    result<decode_notes> (*decode)(std::string_view frame, const decode_target<service_message>&, const codec_limits&);
    /// The message is the alternative of that index of `client_message`.
    void (*encode)(std::size_t kind, const void* message, std::string& out);
    std::optional<std::uint64_t> (*find_sequence_id)(std::string_view frame);
};

/// The client's half of a subprotocol: the functions that write a client's frames and read the service's. A small
/// value: give it to a client when it is made. `json_codec` and its like make one; only the file that calls them
/// compiles the functions.
///
/// Every function may be called from any thread. None throws because of its input.
class codec {
public:
    constexpr codec(const codec_functions& functions, const webpubsub::subprotocol& protocol,
                    const codec_limits& limits = {}) noexcept
        : functions_(&functions), protocol_(protocol), limits_(limits) {}

    constexpr const webpubsub::subprotocol& protocol() const noexcept { return protocol_; }

    /// Reads one frame into `out`, whose memory is reused. After an error `out` is valid but unspecified. A message of
    /// an unknown kind is not an error: it becomes an `unknown_message`.
    result<decode_notes> decode(std::string_view frame, service_message& out) const {
        return functions_->decode(frame, out, limits_);
    }

    /// The same into a buffer that keeps the memory of every kind of message it has held.
    result<decode_notes> decode(std::string_view frame, message_buffer<service_message>& out) const {
        return functions_->decode(frame, out, limits_);
    }

    /// Looks for the sequence id in a frame that `decode` has refused, so that a client can tell which message it lost.
    std::optional<std::uint64_t> find_sequence_id(std::string_view frame) const {
        return functions_->find_sequence_id(frame);
    }

    /// Appends one frame to `out`, of a `client_message` or of one of its alternatives. The payload must be what its
    /// type says: see `check`.
    template <class Message>
    void encode(const Message& message, std::string& out) const {
        if constexpr (std::is_same_v<Message, client_message>) {
            std::visit([&](const auto& alternative) { encode(alternative, out); }, message);
        } else {
            encode(detail::index_in<Message, client_message>::value, &message, out);
        }
    }
    /// The same of a message whose type is known by its index in `client_message` only.
    void encode(std::size_t kind, const void* message, std::string& out) const {
        functions_->encode(kind, message, out);
    }

    /// See `check_payload`; the answer is the same for every encoding.
    result<void> check(payload_view data) const noexcept { return check_payload(data, limits_.max_data_depth); }

private:
    const codec_functions* functions_;
    webpubsub::subprotocol protocol_;
    codec_limits limits_;
};

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

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/codec/impl/codec.ipp>
#endif
