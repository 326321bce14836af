// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/rules/permission_set.hpp>
#include <webpubsub/rules/send_to_group_mode.hpp>
#include <webpubsub/time.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// Names a connection for longer than a call: a slot, and which of the connections that were in it one after another.
enum class connection_handle : std::uint64_t { none = 0 };

constexpr connection_handle make_handle(std::uint32_t slot, std::uint32_t generation) noexcept {
    return connection_handle{std::uint64_t{generation} << 32 | slot};
}
constexpr std::uint32_t slot_of(connection_handle handle) noexcept { return static_cast<std::uint32_t>(handle); }
constexpr std::uint64_t number_of(connection_handle handle) noexcept { return static_cast<std::uint64_t>(handle); }

/// A name that a connection gave to something of its own: none of another connection begins as this one's.
WEBPUBSUB_DECL std::string owned_name(connection_handle owner, std::string_view name);

/// Where a logical connection is in its life. It goes downwards only, but for `detached`, from which a recovery leads
/// back to `open`; from everywhere it may go to `ended`.
enum class connection_state : std::uint8_t {
    /// The slot is free, or the connection has ended and its last frames are being written.
    ended,
    /// Let in; not known to anybody yet.
    admitted,
    open,
    /// Reliable, without a transport, to be recovered until its window is over (sessions.md section 7.1).
    detached,
};

/// What all parts of a hub told of a connection hear of it.
enum class connection_change : std::uint8_t {
    /// It has lost its transport, and may be recovered.
    detached,
    /// It goes on with another transport.
    recovered,
    /// It has ended. What it leaves behind is announced when the call settles.
    ended,
};

/// Who a logical connection is: what lives as long as its id, across recoveries.
struct connection {
    connection_state state = connection_state::ended;
    /// The place of its codec, 0 for a simple client; see `roster::codec_of`.
    std::uint8_t codec = 0;
    bool reliable = false;
    /// Of the slot: counts the connections that were in it, this one included.
    std::uint32_t generation = 0;
    std::string id;
    /// Empty for an anonymous user.
    std::string user_id;
    /// The name that the handshake confirmed; empty for none.
    std::string subprotocol;
    permission_set permissions;
    /// Of a simple client: its frames go to this group. Nothing: they are events.
    std::optional<send_to_group_mode> publishes_to;
    /// To be joined when it opens.
    std::vector<std::string> first_groups;
    /// Empty unless the connection is reliable.
    std::string reconnection_token;
    /// Nothing: never.
    std::optional<wall_time> token_expires;

    bool is_live() const noexcept { return state == connection_state::open || state == connection_state::detached; }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/connection.ipp>
#endif
