// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <cstdint>

namespace webpubsub::inline WEBPUBSUB_MODE {

// Ids are types of their own, so that one kind can't be given for another. All count from 1; a value of 0 names
// nothing.

/// One WebSocket, as a client or a hub tells it from the ones before and after it.
enum class transport_id : std::uint64_t {};

/// A request of a client, for its whole life: the `ackId` of the wire (subprotocols.md section 5.2).
enum class ack_id : std::uint64_t {};

/// A hub's question to the application: an event or an invocation that wants an answer.
enum class event_id : std::uint64_t {};

/// A handshake that waits for the application's decision.
enum class admission_id : std::uint64_t {};

/// A request of a client that a hub holds until its host releases it.
enum class held_request_id : std::uint64_t {};

/// A client's question for a URL.
enum class url_request_id : std::uint64_t {};

/// A command or a question to the nodes of a cluster.
enum class cluster_request_id : std::uint64_t {};

/// The number behind an id, for logs and maps.
template <class Id>
constexpr std::uint64_t number_of(Id id) noexcept {
    return static_cast<std::uint64_t>(id);
}

} // namespace webpubsub::inline WEBPUBSUB_MODE
