// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/http/message.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// A request to an event handler under way. It counts from 1, and no id comes twice.
enum class call_id : std::uint64_t {};

/// A request to an event handler, to be sent once: what is to be repeated comes as a call of its own.
struct upstream_call {
    call_id id{};
    /// Scheme, host, port, path and query. The target of the request is its path and query.
    std::string url;
    /// It has every header but those that belong to the connection (`Host`, `Content-Length`). Redirects are not to be
    /// followed, and no cookies to be added: those of the connection are there.
    http_request request;
    /// The longest body of a response that is to be read; a longer one is `call_failure::too_large`.
    std::size_t max_response_bytes = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE
