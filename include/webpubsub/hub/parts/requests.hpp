// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/hub/parts/ack_history.hpp>
#include <webpubsub/hub/parts/connection.hpp>
#include <webpubsub/hub/parts/request.hpp>
#include <webpubsub/hub/parts/support.hpp>
#include <webpubsub/hub/parts/turn.hpp>
#include <webpubsub/ids.hpp>
#include <webpubsub/messages/client_message.hpp>
#include <webpubsub/messages/payload.hpp>
#include <webpubsub/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts {

/// The requests of all connections: whose turn it is, which ids are used up (subprotocols.md section 5.2), and the
/// requests of the most common kinds themselves: joining, leaving, sending to a group, events, pings, sequence acks.
///
/// Requests of one connection are processed one after another. A connection's gate is closed while an event of it waits
/// for the application, or the first of its other requests for the host, for other nodes, or for slow receivers.
class requests {
public:
    /// The seed is that of the hashes of the clients' ack ids.
    explicit requests(const hash_seed& seed) : seed_(seed) {}

    // The kinds of this part: join, leave, send to group, event, ping, sequence ack.

    /// `altered` says that the decoder had to change a string of the message.
    arrival arrive(turn& during, std::uint32_t from, const client_message& message, bool altered);
    /// The group that the message would be sent to when it is executed; empty when it goes to none.
    std::string_view group_sent_to(const client_message& message) const noexcept;
    outcome execute(turn& during, std::uint32_t from, client_message& message, holder released_by);

    // The gate, for the kinds of all parts.

    /// Whether a request that arrives now has to wait behind others of the connection.
    bool must_wait(std::uint32_t at) const noexcept;
    /// Puts the request behind those that wait. If too many wait already, the connection is scheduled to be closed.
    void enqueue(turn& during, std::uint32_t at, waiting_request request);
    /// The request whose turn it is; null if none waits, or the gate is closed.
    const waiting_request* next(std::uint32_t at) const noexcept;
    polled<waiting_request> take_next(turn& during, std::uint32_t at);
    std::size_t waiting(std::uint32_t at) const noexcept;
    /// Keeps the request until it is released or refused, and closes the gate. Its holder, who comes after the last
    /// that has released it, is told of it: the host in an order, the nodes in a report.
    void hold(turn& during, std::uint32_t at, waiting_request request, holder by);

    // Ids of requests, for the kinds of all parts.

    /// Whether the id was used with success before; then the client is told so, and the request has no effect. All
    /// kinds of requests share the ids.
    bool answer_repetition(turn& during, std::uint32_t at, std::optional<std::uint64_t> ack);
    /// Sends the ack if the client wants one. After a failure the id stays free, so that the client can try again.
    void acknowledge(turn& during, std::uint32_t at, std::optional<std::uint64_t> ack,
                     std::optional<service_error> error);

    // Answers. They tell whose requests may go on; `unknown_target` if nobody waits any more.

    result<std::uint32_t> answer_event(turn& during, event_id id, std::optional<payload_view> answer,
                                       const string_map& metadata);
    result<std::uint32_t> fail_event(turn& during, event_id id);
    /// The request is the next whose turn it is: the host, or the nodes, don't hold it any more.
    result<std::uint32_t> release_by_host(const turn& during, held_request_id id);
    result<std::uint32_t> release_by_nodes(const turn& during, held_request_id id);
    /// The client gets the error, whoever holds the request.
    result<std::uint32_t> refuse(turn& during, held_request_id id, service_error error);

    void handle_change(turn& during, std::uint32_t at, connection_change change);

    std::optional<steady_time> deadline() const { return answers_.next(); }
    /// Fails what is due first, and tells whose requests may go on; `no_slot` if nothing is due.
    std::uint32_t handle_due(turn& during);

private:
    /// What is known of the requests of one connection.
    struct gate {
        /// The number of the event that waits for its answer, or of the request that is held; 0 for neither.
        std::uint64_t pending = 0;
        /// Who holds the request; nobody for an event.
        holder held_by = holder::none;
        /// The ack that the client wants for the event.
        std::optional<std::uint64_t> ack;
        /// The one request that is held, or was and is the next; usually empty.
        queue<waiting_request> held;
        queue<waiting_request> waiting;
        /// The bytes that are kept for the waiting requests.
        std::size_t waiting_bytes = 0;
        ack_history acks;
    };

    gate& gate_of(std::uint32_t at);
    outcome execute(turn& during, std::uint32_t from, join_group_message& message, holder released_by);
    outcome execute(turn& during, std::uint32_t from, send_to_group_message& message);
    outcome execute(turn& during, std::uint32_t from, event_message& message);
    std::uint64_t close_gate(turn& during, std::uint32_t at, holder held_by, std::optional<duration> limit);
    gate& open_gate(std::uint64_t number);
    /// The slot of the connection whose gate is closed by that number; `no_slot` if none is.
    std::uint32_t find(const turn& during, std::uint64_t number) const;
    /// The same for an event.
    std::uint32_t find_event(const turn& during, event_id id) const;
    std::uint32_t release(std::uint32_t at);
    void note_waiting(turn& during, std::uint32_t at);

    hash_seed seed_;
    /// The gates of the connections, by their slots.
    std::vector<gate> gates_;
    /// The handles of the connections whose gates are closed, by the numbers of what waits.
    number_index pending_;
    timer_table answers_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::hub_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/hub/parts/impl/requests.ipp>
#endif
