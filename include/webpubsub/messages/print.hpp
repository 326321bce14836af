// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>

#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A line for people, with long values cut short and secrets left out; not a format. What a peer has sent can't do more
/// to a terminal than stand there: control characters are dots.
WEBPUBSUB_DECL std::string to_string(const client_message& message);
WEBPUBSUB_DECL std::string to_string(const service_message& message);

namespace detail {

/// At most about `size` bytes of `text`, and three dots if that is not all of it. No sequence of UTF-8 is cut. Control
/// characters (U+0000 to U+001F, U+007F to U+009F) and what is no UTF-8 are dots.
WEBPUBSUB_DECL void append_printable(std::string& out, std::string_view text, std::size_t size = 60);

/// The same in quotes.
WEBPUBSUB_DECL void append_quoted(std::string& out, std::string_view text);

} // namespace detail
} // namespace webpubsub::inline WEBPUBSUB_MODE

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/messages/impl/print.ipp>
#endif
