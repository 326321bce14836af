// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/string_map.hpp>
#include <webpubsub/time.hpp>

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
    /// The user id is empty for an anonymous user.
    std::string_view user_id() const noexcept;
    /// The subprotocol is empty for a simple client without one.
    std::string_view subprotocol() const noexcept;
    bool is_in_group(std::string_view group) const;
    /// How many groups the connection is in.
    std::size_t group_count() const noexcept;

    /// The hub makes views of the connections in its roster.
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
    /// The ids of connections that don't get the message. This view and the two that follow are valid during the call.
    std::span<const std::string> except{};
    /// Only connections that pass the filter get the message.
    connection_filter filter{};
    /// The id of the connection on whose behalf the message is sent: a message to a group names its user as the
    /// sender. When it is empty the application itself sends.
    std::string_view sender{};
    /// The sender's connection does not get the message.
    bool no_echo = false;
    /// A receiver to whom the message could not be written for so long does not get it any more; at most 300 s, and
    /// zero is for ever (subprotocols.md section 12).
    std::chrono::milliseconds time_to_live{};
    /// The metadata of the message (preview).
    string_map metadata{};
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
