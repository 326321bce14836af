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

/// A name of a connection for longer than a call: its slot in the lower half, and in the upper half a generation, which
/// tells apart the connections that were in the slot one after another.
enum class connection_handle : std::uint64_t { none = 0 };

constexpr connection_handle make_handle(std::uint32_t slot, std::uint32_t generation) noexcept {
    return connection_handle{std::uint64_t{generation} << 32 | slot};
}
constexpr std::uint32_t slot_of(connection_handle handle) noexcept { return static_cast<std::uint32_t>(handle); }
constexpr std::uint64_t number_of(connection_handle handle) noexcept { return static_cast<std::uint64_t>(handle); }

/// A key for something that a connection has named, a stream or an invocation. It begins with the connection's handle,
/// so that the keys of one connection are neighbours, and no two connections have a key in common.
WEBPUBSUB_DECL std::string owned_name(connection_handle owner, std::string_view name);

/// Where a logical connection is in its life: it is `admitted`, then `open`, and may change between `open` and
/// `detached` any number of times. From each of them it may become `ended`. A `guest` is one from its beginning to its
/// end.
enum class connection_state : std::uint8_t {
    /// The slot is free, or the connection has ended and its last frames are being written.
    ended,
    /// The client was let in; nobody knows the connection yet.
    admitted,
    open,
    /// The connection is reliable and has no transport; it may be recovered until its window is over (sessions.md
    /// section 7.1).
    detached,
    /// The connection is another hub's, and only its transport is here: what it gets and sends is relayed.
    guest,
};

/// A change of a connection of which the upper parts of a hub are told.
enum class connection_change : std::uint8_t {
    /// The connection has lost its transport and may be recovered.
    detached,
    /// The connection goes on with another transport.
    recovered,
    /// The connection has ended. What it leaves behind is announced when the call settles.
    ended,
};

/// A logical connection: what lives as long as its id, across recoveries.
struct connection {
    connection_state state = connection_state::ended;
    /// One more than the place of its codec in `roster::codecs`; 0 for a simple client.
    std::uint8_t codec = 0;
    bool reliable = false;
    /// Whether it has published what the hub has deferred, since a request of it has waited for that last.
    bool has_published = false;
    /// The number of connections that have been in the slot, this one included.
    std::uint32_t generation = 0;
    std::string id;
    /// The user id is empty for an anonymous user.
    std::string user_id;
    /// The subprotocol that the handshake confirmed; empty when it confirmed none.
    std::string subprotocol;
    permission_set permissions;
    /// The group that a simple client's frames go to; without a value they are events.
    std::optional<send_to_group_mode> publishes_to;
    /// The groups that it joins when it opens.
    std::vector<std::string> first_groups;
    /// The secret of a recovery; empty unless the connection is reliable.
    std::string reconnection_token;
    /// When the token expires; without a value it never does.
    std::optional<wall_time> token_expires;

    bool is_live() const noexcept { return state == connection_state::open || state == connection_state::detached; }
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/connection.ipp>
#endif
