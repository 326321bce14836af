// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/service_message.hpp>
#include <webpubsub/messages/string_map.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

// How a client's message goes through a hub. It arrives at the one part that owns its kind (`arrive`); what needs no
// turn is done there. Everything else is executed in its turn (`execute`), when no request before it waits for
// something.

/// What a part says of a message that has arrived.
struct arrival {
    enum class verdict : std::uint8_t {
        /// The message is for another part.
        not_mine,
        /// Nothing is left to be done.
        done,
        in_turn,
        /// The client gets an ack with `BadRequest`, if it wants one, because the decoder had to change a string.
        refused,
        /// The client has broken the protocol (subprotocols.md section 13).
        malformed,
    };
    verdict what = verdict::not_mine;
    /// The number that the part gave it, for `execute`; 0 for none.
    std::uint64_t number = 0;
    /// The bytes that are kept while it waits, beside the object itself.
    std::size_t kept = 0;
    /// The id of the ack that the client wants; without a value it wants none.
    std::optional<std::uint64_t> ack{};
};

/// Who may keep a request from being executed, in the order in which they are asked.
enum class holder : std::uint8_t {
    none,
    /// What the client has published before, which a hub has deferred (`hub_cluster_options::defers_publications`).
    own_messages,
    /// The application's host, if `hub_application_options::hold_joins` asks for it.
    host,
    /// The other nodes of a cluster: what they send must not be missed.
    nodes,
};

/// A message in the queue of those that wait for their turn.
struct waiting_request {
    client_message message;
    std::uint64_t number = 0;
    std::size_t kept = 0;
    std::optional<std::uint64_t> ack{};
    /// The last that has held it and let it go.
    holder released_by = holder::none;

    std::size_t size() const noexcept { return sizeof(waiting_request) + kept; }
};

/// What came of a message that was executed.
struct outcome {
    enum class kind : std::uint8_t {
        /// The message is for another part.
        not_mine,
        /// There is nothing to acknowledge, or not yet.
        done,
        /// The client gets its ack, if it wants one: with the error if there is one, otherwise of success.
        acknowledge,
        /// The client gets its ack as after `acknowledge`, and then the part's `finish` is called.
        acknowledge_and_finish,
        /// The message is to be executed again when the host, or the nodes, have released it.
        held_by_host,
        held_by_nodes,
    };
    kind what = kind::not_mine;
    std::optional<service_error> error{};
    /// A group that the connection was a member of and is no more, of which other parts are to be told; usually empty.
    std::string left_group{};
};

inline outcome done() { return {outcome::kind::done, {}, {}}; }
inline outcome success() { return {outcome::kind::acknowledge, {}, {}}; }
inline outcome held_by_nodes() { return {outcome::kind::held_by_nodes, {}, {}}; }
inline outcome failure(service_error error) { return {outcome::kind::acknowledge, std::move(error), {}}; }

/// The close reason for a simple client in the mode sendToGroup without the permission (sessions.md section 5).
inline constexpr std::string_view unauthorized_mode = "The connection is not authorized for raw sendToGroup mode.";

/// Whether the message is for a group, where it may take a while to be delivered.
WEBPUBSUB_DECL bool is_publication(const client_message& message) noexcept;

/// The bytes that a map keeps, with what each of its strings needs by itself.
inline std::size_t kept_size(const string_map& map) noexcept {
    std::size_t size = 0;
    for (const auto& [key, value] : map) size += sizeof(string_map_entry) + key.size() + value.size();
    return size;
}

// What a hub tells clients whose requests it does not take (subprotocols.md sections 5.3 and 9).

WEBPUBSUB_DECL service_error forbidden(std::string text);
WEBPUBSUB_DECL service_error forbidden(std::string_view action, std::string_view group);
WEBPUBSUB_DECL service_error bad_request(std::string_view text);
/// The error for what can't be published, because the other nodes can't be reached.
WEBPUBSUB_DECL service_error not_publishing();
WEBPUBSUB_DECL service_error stream_not_found();
/// The error for a message that holds half of a surrogate pair, for which no UTF-8 stands.
WEBPUBSUB_DECL service_error half_surrogate();

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/request.ipp>
#endif
