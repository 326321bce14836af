// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/link_change.hpp>
#include <webpubsub/client/parts/request.hpp>
#include <webpubsub/client/parts/transport_losses.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/backoff.hpp>
#include <webpubsub/support/name_index.hpp>
#include <webpubsub/support/number_index.hpp>
#include <webpubsub/support/queue.hpp>
#include <webpubsub/support/record_table.hpp>
#include <webpubsub/support/timer_table.hpp>
#include <webpubsub/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// Requests from the call to the outcome: what is to be written next, what waits for an acknowledgement, what for its
/// next try. Each has exactly one outcome. Operations are logarithmic in the number of requests, but for those on the
/// loss of a transport, which are linear.
class requests {
public:
    requests(const client_acknowledgement_options& options, std::size_t max_rejoins_in_flight, std::uint64_t seed)
        : options_(options), max_rejoins_in_flight_(max_rejoins_in_flight), chance_(seed) {}

    static result<void> check(const client_acknowledgement_options& options);

    // From the application.

    /// Whether there is room for one more request of `size` bytes.
    [[nodiscard]] result<void> check_room(std::size_t size) const;

    /// The id that the next acknowledged request will have.
    ack_id next_id() const noexcept { return ack_id{last_id_ + 1}; }

    /// Adds a request whose frame carries `next_id()`, or none if it is not acknowledged.
    void add(ticket place, request_kind kind, std::string_view group, std::uint64_t tag, outgoing_frame frame);

    // From what restores the groups.

    /// Whether a request of that kind, which may be one from an earlier connection, is under way for the group.
    bool has(request_kind kind, std::string_view group) const;

    /// Whether a request that ends a subscription to the states of the group is under way, even a superseded one.
    bool ends_subscription(std::string_view group) const;

    /// Lets what needs a membership of the group wait, until `release_group`.
    void hold_group(std::string_view group);
    void release_group(std::string_view group);

    // To the service.

    std::optional<offer> next_write() const;
    /// The oldest request that waits for its first writing until others are answered: what was called later is not
    /// written before it. 0 for one that restores a group.
    std::optional<ticket> waits_for_answers() const;
    /// Takes what `next_write` offers. Written one at a time, a request is followed by a ping, whose answer shows that
    /// it broke nothing.
    outgoing_frame begin_write(steady_time now);
    bool wants_sign_of_life() const noexcept { return losses_.one_at_a_time() && totals_.in_flight != 0; }

    // From the service.

    /// False for an acknowledgement that nothing waits for.
    bool handle_ack(steady_time now, const ack_message& ack);
    void handle_pong() { losses_.handle_pong(); }
    /// A ping was written: its pong shows that the service has read what was written before.
    void handle_ping_written() { losses_.handle_ping_written(); }

    void handle_link(link_change change);

    std::optional<steady_time> deadline() const;
    void handle_timeout(steady_time now);

    polled<request_outcome> poll_outcome() noexcept { return outcomes_.poll(); }

    /// Requests without an outcome; those that restore groups are not counted.
    std::size_t pending() const noexcept { return requests_.size() - totals_.restoring; }
    /// Whether there is any request, restoring ones included.
    bool empty() const noexcept { return requests_.empty(); }
    std::uint64_t retries_made() const noexcept { return totals_.retries_made; }
    /// Whether an event was written and not answered on this connection.
    bool has_unanswered_event() const noexcept;

private:
    /// A request's rank and its ticket, in the order of writing.
    using position = detail::number_index::key;
    /// On a new connection groups are joined again before anything else.
    enum rank : std::uint64_t { rejoins, resubscriptions, by_ticket };
    struct queues {
        detail::number_index written_before;
        detail::number_index never_written;
        /// Those in flight of which one writing has failed for good and another may be answered: their last writing and
        /// ticket. What was written again, or has ended, may still be here.
        detail::number_index failed_once;
    };
    /// The requests of each group: the group's number by its name, and pairs of that number and a ticket.
    struct groups {
        detail::name_index numbers;
        detail::number_index requests;
        std::uint64_t last_number = 0;
    };
    struct totals {
        std::size_t bytes = 0;
        std::size_t restoring = 0;
        std::size_t in_flight = 0;
        std::size_t restoring_in_flight = 0;
        std::uint64_t writings = 0;
        std::uint64_t retries_made = 0;
    };
    enum class phase : std::uint8_t { offline, unconfirmed, online };

    static position position_of(ticket at, const request& one) noexcept {
        if (!is_restoring(one.kind)) return {by_ticket, at};
        return {one.kind == request_kind::rejoin ? rejoins : resubscriptions, at};
    }

    std::optional<position> next_position() const;
    std::optional<position> first_allowed(const detail::number_index& queue) const;
    void move(ticket at, request& one, enum request::place place);
    void queue(ticket at, request& one);
    /// The next request of the group whose ticket is not less than `from`, which becomes its ticket; null for none.
    request* next_of_group(std::string_view group, ticket& from) const;
    void fail_once(steady_time now, ticket at, request& one, const service_error& failure);
    void end(ticket at, request& one, request_status status, service_error error = {}, bool duplicate = false);
    void end_without_answer(ticket at, request& one);
    void end_failed_before(std::uint64_t writing);
    bool is_overtaken(ticket at, const request& one) const;
    void handle_transport_lost();
    void handle_connection_lost(bool verdict);
    void end_search_if_answered();

    client_acknowledgement_options options_;
    std::size_t max_rejoins_in_flight_;
    detail::record_table<request> requests_;
    detail::number_index by_id_;
    groups groups_;
    queues queues_;
    detail::name_index held_groups_;
    detail::timer_table retries_;
    detail::timer_table timeouts_;
    totals totals_;
    transport_losses losses_;
    detail::queue<request_outcome> outcomes_;
    detail::jitter_source chance_;
    std::uint64_t last_id_ = 0;
    phase phase_ = phase::offline;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/requests.ipp>
#endif
