// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_message.hpp>
#include <webpubsub/cluster/node_id.hpp>
#include <webpubsub/codec/message_buffer.hpp>
#include <webpubsub/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// The version that this library writes, and the only one that it reads.
inline constexpr std::uint8_t bus_version = 1;

/// What stands before every message of the bus, to be read without the message.
struct bus_header {
    node_id from{};
    /// The number of the message among those of its sender on its channel, below 2^63. It grows by one from message to
    /// message, so that what is lost shows, but for a message that begins a run: its number is any larger one.
    std::uint64_t sequence = 0;
    /// Whether the sender does not know any more, or does not say, which number came before.
    bool begins_run = false;

    friend bool operator==(const bus_header&, const bus_header&) = default;
};

/// How much a message of the bus may hold. The broker is trusted, what it carries is checked all the same.
struct bus_limits {
    /// The bytes of a whole message: room for the longest frame that a hub may be set to take, and what goes with it. A
    /// broker may have a limit of its own below this.
    std::size_t max_bytes = std::size_t{17} << 20;
    /// The entries of a list: ids that are left out, members of a group, states.
    std::size_t max_items = 20'000;
};

/// A message of the bus that is not read yet but for its header; a view into its bytes.
struct bus_envelope {
    bus_header header{};
    std::string_view body{};
};

/// Appends a message: the version in a byte, six bytes of the node, a varint that is twice the number and one more if
/// it begins a run, and the message in protobuf wire format.
WEBPUBSUB_DECL void append_bus_message(const bus_header& header, const bus_message& message, std::string& out);

/// Reads the header, in constant time. unsupported_version for another version, invalid_field for what is too short to
/// have a header, and frame_too_large.
[[nodiscard]] WEBPUBSUB_DECL result<bus_envelope> read_bus_envelope(std::string_view bytes,
                                                                    const bus_limits& limits = {}) noexcept;

/// Reads the message behind a header. The errors are those of a decoder of protobuf, and unsupported_version for a kind
/// of message that there is not yet.
[[nodiscard]] WEBPUBSUB_DECL result<void> read_bus_message(std::string_view body, const decode_target<bus_message>& out,
                                                           const bus_limits& limits = {});

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/impl/bus_codec.ipp>
#endif
