// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/codec/limits.hpp>
#include <webpubsub/codec/message_buffer.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/subprotocol.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/variant.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace webpubsub::inline WEBPUBSUB_MODE {

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
            visit([&](const auto& alternative) { encode(alternative, out); }, message);
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

} // namespace webpubsub::inline WEBPUBSUB_MODE
