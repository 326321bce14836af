// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Whom a channel of a hub's bus is for.
enum class bus_channel_kind : std::uint8_t {
    /// Every node of the hub.
    all,
    /// The nodes with a member of a group, or a watcher of its states.
    group,
    /// The nodes with a connection of a user.
    user,
    /// One node.
    node,
};

/// A channel of the bus of one hub.
struct bus_channel {
    bus_channel_kind kind = bus_channel_kind::all;
    /// The group, the user id, or the digits of the node; empty for all.
    std::string name{};

    friend auto operator<=>(const bus_channel&, const bus_channel&) = default;
};

/// The names that the channels of a hub have at a broker, and back. `prefix` keeps apart what shares the broker: at
/// most 64 letters, digits, '-' and '_'.

/// For Redis: `{prefix}:{hub}:a`, and `{prefix}:{hub}:g:{group}` with `g`, `u` or `n`. No two channels have the same
/// name, since neither a prefix nor a hub's name has a colon in it.
[[nodiscard]] WEBPUBSUB_DECL std::string redis_channel_name(std::string_view prefix, std::string_view hub,
                                                            const bus_channel& channel);
/// Nothing for the name of no channel of this hub.
[[nodiscard]] WEBPUBSUB_DECL std::optional<bus_channel> read_redis_channel_name(std::string_view prefix,
                                                                                std::string_view hub,
                                                                                std::string_view name);

/// For NATS: `{prefix}.{hub}.a` and `{prefix}.{hub}.g.{group}`, hub and name in base64url, because dots, blanks and
/// wildcards mean something in a subject. Of a name of more than 1536 bytes, which would be too long for a server's
/// default of 4 KB, the first 1536 stand there, and behind another dot 32 digits of a hash of all of it.
[[nodiscard]] WEBPUBSUB_DECL std::string nats_subject(std::string_view prefix, std::string_view hub,
                                                      const bus_channel& channel);
/// Nothing for the subject of no channel of this hub, and for one whose name is hashed.
[[nodiscard]] WEBPUBSUB_DECL std::optional<bus_channel> read_nats_subject(std::string_view prefix, std::string_view hub,
                                                                          std::string_view subject);

} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/cluster/impl/bus_channel.ipp>
#endif
