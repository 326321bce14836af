// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/cluster/bus_channel.hpp>
#include <webpubsub/text/base64.hpp>

#include <cstdint>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

/// By the kinds' numbers.
inline constexpr std::string_view bus_channel_letters = "agun";

/// What the names of a hub's channels begin with.
inline std::string bus_hub_name(std::string_view prefix, std::string_view hub, char separator) {
    std::string name(prefix);
    name += separator;
    name += hub;
    return name += separator;
}

inline std::string bus_channel_name(std::string name, char separator, const bus_channel& channel,
                                    std::string_view its_name) {
    name += bus_channel_letters[static_cast<std::size_t>(channel.kind)];
    if (channel.kind == bus_channel_kind::all) return name;
    name += separator;
    return name += its_name;
}

inline constexpr std::size_t max_name_in_subject = 1536;

/// FNV-1a. A name that somebody has made to collide with another is told from it by the group in each message.
constexpr std::uint64_t hash_of_name(std::string_view name, std::uint64_t start) noexcept {
    for (const char c : name) start = (start ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return start;
}

inline std::string name_in_subject(std::string_view name) {
    if (name.size() <= max_name_in_subject) return base64url(name);
    auto token = base64url(name.substr(0, max_name_in_subject)) + '.';
    for (const std::uint64_t start : {std::uint64_t{14695981039346656037u}, std::uint64_t{10365313336655843289u}}) {
        const auto hash = hash_of_name(name, start);
        for (int digit = 60; digit >= 0; digit -= 4) token += "0123456789abcdef"[(hash >> digit) & 15];
    }
    return token;
}

/// The kind, and the name as it stands there.
inline std::optional<bus_channel> read_bus_channel_name(std::string_view hub_name, char separator,
                                                        std::string_view name) {
    if (!name.starts_with(hub_name)) return std::nullopt;
    name.remove_prefix(hub_name.size());
    const auto kind = name.empty() ? std::string_view::npos : bus_channel_letters.find(name.front());
    if (kind == std::string_view::npos) return std::nullopt;
    bus_channel channel{static_cast<bus_channel_kind>(kind)};
    if (channel.kind == bus_channel_kind::all) return name.size() == 1 ? std::optional(channel) : std::nullopt;
    if (name.size() < 3 || name[1] != separator) return std::nullopt;
    channel.name = name.substr(2);
    return channel;
}

} // namespace detail

WEBPUBSUB_DECL std::string redis_channel_name(std::string_view prefix, std::string_view hub,
                                              const bus_channel& channel) {
    return detail::bus_channel_name(detail::bus_hub_name(prefix, hub, ':'), ':', channel, channel.name);
}

WEBPUBSUB_DECL std::optional<bus_channel> read_redis_channel_name(std::string_view prefix, std::string_view hub,
                                                                  std::string_view name) {
    return detail::read_bus_channel_name(detail::bus_hub_name(prefix, hub, ':'), ':', name);
}

WEBPUBSUB_DECL std::string nats_subject(std::string_view prefix, std::string_view hub, const bus_channel& channel) {
    return detail::bus_channel_name(detail::bus_hub_name(prefix, detail::base64url(hub), '.'), '.', channel,
                                    detail::name_in_subject(channel.name));
}

WEBPUBSUB_DECL std::optional<bus_channel> read_nats_subject(std::string_view prefix, std::string_view hub,
                                                            std::string_view subject) {
    auto channel =
        detail::read_bus_channel_name(detail::bus_hub_name(prefix, detail::base64url(hub), '.'), '.', subject);
    if (!channel || channel->name.empty()) return channel;
    std::string name;
    if (!base64url_decode_append(channel->name, name)) return std::nullopt;
    channel->name = std::move(name);
    return channel;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
