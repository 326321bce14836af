// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/options.hpp>
#include <webpubsub/client/parts/link_change.hpp>
#include <webpubsub/client/parts/pending_events.hpp>
#include <webpubsub/client/parts/request.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/support/name_index.hpp>
#include <webpubsub/support/queue.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

/// The groups and the subscriptions to their states that a new connection begins with: what to restore, and what has
/// to wait for it.
class memberships {
public:
    enum class action : std::uint8_t {
        /// Join the group again, and let what needs its membership wait.
        rejoin,
        /// Go on with what waited.
        release,
        /// Subscribe to the group's states again.
        resubscribe,
        /// Nothing is known of the group's states any more.
        forget_states,
    };

    /// What is to be done for a group.
    struct step {
        memberships::action action = memberships::action::rejoin;
        std::string group;
    };

    explicit memberships(const client_group_options& options) : options_(options) {}

    static result<void> check(const client_group_options& options);

    /// The groups that are joined again on a new connection.
    const detail::name_index& groups() const noexcept { return groups_; }

    /// Whether the group may be joined: it is one already or is being joined, or one more is within the limit.
    [[nodiscard]] result<void> check_room(std::string_view group) const;

    // To be called with the application's requests.

    /// The group is being joined, and counts as one of the groups until the outcome.
    void join(std::string_view group);
    /// From now on the group is not joined, or not subscribed to, again.
    void leave(std::string_view group);
    void unsubscribe(std::string_view group);

    /// The group's subscription can't be restored before a join of the application's that is under way for it.
    void wait_for_join(std::string_view group) { waiting_for_join_.set(group); }

    /// Takes note of an outcome. True if it is one of the client's own requests, which the application is not told.
    bool handle_outcome(const request_outcome& outcome);

    void handle_link(link_change change);

    polled<step> poll_step() noexcept { return steps_.poll(); }
    polled<client_event> poll_event() noexcept { return events_.poll(); }

private:
    void add(memberships::action what, std::string_view group);
    template <class Event>
    void tell_failed(const request_outcome& outcome) {
        auto& event = events_.add<Event>();
        event.group = outcome.group;
        event.error = outcome.error;
    }
    void end_join(const request_outcome& outcome, bool lasts);
    void handle_rejoin(const request_outcome& outcome);
    void handle_resubscription(const request_outcome& outcome);

    client_group_options options_;
    detail::name_index groups_;
    /// The groups that are being joined and are not among the groups, each with the number of its joins under way.
    detail::name_index joining_;
    detail::name_index subscriptions_;
    /// The subscribed groups whose subscription is renewed after a join of the application that is under way.
    detail::name_index waiting_for_join_;
    detail::queue<step> steps_;
    pending_events events_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts

#ifndef WEBPUBSUB_COMPILED
#include <webpubsub/client/impl/memberships.ipp>
#endif
