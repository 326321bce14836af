// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/error.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/metadata.hpp>
#include <webpubsub/result.hpp>

#include <type_traits>
#include <variant>

namespace webpubsub::inline WEBPUBSUB_MODE {

namespace detail {

template <class Message, class Variant>
struct is_alternative : std::false_type {};
template <class Message, class... Alternatives>
struct is_alternative<Message, std::variant<Alternatives...>> : std::disjunction<std::is_same<Message, Alternatives>...> {
};

/// Whether a message that carries data may come without: then it is an empty text (subprotocols.md sections 9 and 12).
template <class Message>
bool may_lack_data(const Message& message) noexcept {
    if constexpr (requires { message.stream->end; }) {
        if (message.stream && message.stream->end) return true;
    }
    if constexpr (requires { message.metadata; }) {
        return !message.metadata.empty();
    } else {
        return false;
    }
}

} // namespace detail

/// What a client message must fulfil in every encoding (subprotocols.md sections 2 and 9 to 13): names and ids that are
/// not empty, `ttl_seconds` of at most 300, an idle timeout that is not 0, fragments counted from 1, metadata within its
/// limits. Codecs check it in what they read. Whether a name is a good one is for rules/names.hpp.
template <class Message>
    requires detail::is_alternative<Message, client_message>::value
[[nodiscard]] result<void> check_validity(const Message& message) noexcept {
    if constexpr (requires { message.group; }) {
        if (message.group.empty()) return errc::missing_field;
    }
    if constexpr (requires { message.event; }) {
        if (message.event.empty()) return errc::missing_field;
    }
    if constexpr (requires { message.invocation_id; }) {
        if (message.invocation_id.empty()) return errc::missing_field;
    }
    if constexpr (requires { message.stream_id; }) {
        if (message.stream_id.empty()) return errc::missing_field;
    }
    if constexpr (requires { message.stream_sequence_id; }) {
        if (message.stream_sequence_id == 0) return errc::invalid_field;
    }
    if constexpr (requires { message.stream; }) {
        if (message.stream.stream_id.empty()) return errc::missing_field;
        if (message.stream.idle_timeout_ms == 0u) return errc::invalid_field;
    }
    if constexpr (requires { message.ttl_seconds; }) {
        if (message.ttl_seconds > max_ttl_seconds) return errc::invalid_field;
    }
    if constexpr (requires { message.metadata; }) return check_metadata(message.metadata);
    return {};
}

[[nodiscard]] inline result<void> check_validity(const client_message& message) noexcept {
    return std::visit([](const auto& alternative) { return check_validity(alternative); }, message);
}

} // namespace webpubsub
