// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/options.hpp>

#include <limits>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// Options with the times and numbers of the official clients (sessions.md section 12), for programs that take the
/// place of one. What they do wrong is not among them: a request keeps its id, what is permanent is not retried, and a
/// service that accepts and closes is not hammered.
namespace client_presets {

/// The client specification: what it asks for and no more (sessions.md section 12).
inline client_options specification() {
    client_options options;
    options.keep_alive_interval = duration::zero();
    options.keep_alive_timeout = duration::zero();
    options.handshake_timeout = duration::zero();
    return options;
}

/// `@azure/web-pubsub-client` 1.1.
inline client_options javascript() {
    using namespace std::chrono_literals;
    client_options options;
    options.retry_first_connect = false;
    options.reconnect = {1s, 1s, 0.0};
    options.requests.retry = {1s, 1s, 0.0};
    options.sequence_ack = {301, std::numeric_limits<std::size_t>::max()};
    return options;
}

/// `Azure.Messaging.WebPubSub.Client`.
inline client_options dotnet() {
    using namespace std::chrono_literals;
    client_options options;
    options.retry_first_connect = false;
    options.reconnect = {1s, 5s, 0.0};
    options.requests.retry = {800ms, 60s, 0.0};
    options.sequence_ack = {std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::size_t>::max()};
    options.keep_alive_interval = duration::zero();
    options.keep_alive_timeout = duration::zero();
    return options;
}

/// `azure-messaging-webpubsub-client` 1.1 for Java.
inline client_options java() {
    using namespace std::chrono_literals;
    auto options = dotnet();
    options.reconnect = {1s, duration::max(), 0.5};
    options.requests.retry = {800ms, 8s, 0.05};
    options.sequence_ack_interval = 5s;
    options.request_timeout = 30s;
    return options;
}

/// `azure-messaging-webpubsubclient` 1.1 for Python.
inline client_options python() {
    using namespace std::chrono_literals;
    auto options = dotnet();
    options.reconnect = {800ms, 120s, 0.0};
    options.max_connect_attempts = 3;
    options.requests.retry = {800ms, 120s, 0.0};
    options.request_timeout = 30s;
    options.handshake_timeout = 30s;
    return options;
}

} // namespace client_presets
} // namespace webpubsub::inline WEBPUBSUB_MODE
