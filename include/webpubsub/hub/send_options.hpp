// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/string_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace hub_parts {
class roster;
} // namespace hub_parts

/// A connection, as a filter sees it: valid for the call.
class connection_view {
public:
    std::string_view connection_id() const noexcept;
    /// Empty for an anonymous user.
    std::string_view user_id() const noexcept;
    /// Empty for a simple client without one.
    std::string_view subprotocol() const noexcept;
    bool is_in_group(std::string_view group) const;

    /// For the hub.
    connection_view(const hub_parts::roster& all, std::uint32_t at) noexcept : all_(all), at_(at) {}

private:
    const hub_parts::roster& all_;
    std::uint32_t at_;
};

/// A predicate over connections that belongs to the caller, who keeps it alive during the call: a function object that
/// is called with a `connection_view`. Without one every connection passes.
class connection_filter {
public:
    constexpr connection_filter() noexcept = default;

    template <class Predicate>
        requires requires(const Predicate& predicate, const connection_view& who) { static_cast<bool>(predicate(who)); }
    constexpr connection_filter(const Predicate& predicate) noexcept
        : predicate_(&predicate), call_([](const void* context, const connection_view& who) {
              return static_cast<bool>((*static_cast<const Predicate*>(context))(who));
          }) {}

    explicit constexpr operator bool() const noexcept { return call_ != nullptr; }
    bool operator()(const connection_view& who) const { return call_(predicate_, who); }

private:
    const void* predicate_ = nullptr;
    bool (*call_)(const void*, const connection_view&) = nullptr;
};

/// The longest time to live of a message (subprotocols.md section 12).
inline constexpr std::chrono::seconds max_time_to_live{300};

/// How the application sends a message.
struct send_options {
    /// Ids of connections that don't get it. Valid for the call, as the three that follow.
    std::span<const std::string> except{};
    /// Who passes gets it.
    connection_filter filter{};
    /// The id of the connection on whose behalf the message is sent: a message to a group names its user as the
    /// sender. Empty: the application itself sends.
    std::string_view sender{};
    /// The sender's connection does not get the message.
    bool no_echo = false;
    /// A receiver to whom the message could not be written for so long does not get it any more; at most 300 s, and
    /// zero is for ever (subprotocols.md section 12).
    std::chrono::seconds time_to_live{};
    /// Preview.
    string_map metadata{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
