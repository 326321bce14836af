// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/client/parts/memberships.hpp>

#include <utility>

namespace webpubsub::inline WEBPUBSUB_MODE::client_parts {

WEBPUBSUB_COLD_DECL result<void> memberships::check(const client_group_options& options) {
    // What needs a membership waits for its rejoin, which would never be written.
    if (options.max_rejoins_in_flight == 0) return error::about(errc::invalid_option, "groups.max_rejoins_in_flight");
    return {};
}

WEBPUBSUB_COLD_DECL result<void> memberships::check_room(std::string_view group) const {
    const auto size = groups_.size() + joining_.size();
    if (size < options_.max_groups || groups_.contains(group) || joining_.contains(group)) return {};
    return error::exceeds(errc::too_many_groups, "groups.max_groups", options_.max_groups, size + 1);
}

WEBPUBSUB_COLD_DECL void memberships::join(std::string_view group) {
    if (groups_.contains(group)) return;
    const auto* const joins = joining_.find(group);
    joining_.set(group, joins == nullptr ? 1 : *joins + 1);
}

WEBPUBSUB_COLD_DECL void memberships::end_join(const request_outcome& outcome, bool lasts) {
    const auto* const joins = joining_.find(outcome.group);
    if (lasts) {
        groups_.set(outcome.group);
        joining_.erase(outcome.group);
    } else if (joins != nullptr && *joins > 1) {
        joining_.set(outcome.group, *joins - 1);
    } else {
        joining_.erase(outcome.group);
    }
}

WEBPUBSUB_COLD_DECL void memberships::add(memberships::action what, std::string_view group) {
    polled<step> added(new step);
    added->action = what;
    added->group = group;
    steps_.push(std::move(added));
}

WEBPUBSUB_COLD_DECL void memberships::leave(std::string_view group) {
    groups_.erase(group);
    unsubscribe(group);
}

WEBPUBSUB_COLD_DECL void memberships::unsubscribe(std::string_view group) {
    subscriptions_.erase(group);
    add(action::forget_states, group);
}

WEBPUBSUB_COLD_DECL bool memberships::handle_outcome(const request_outcome& outcome) {
    const bool lasts = outcome.status == request_status::succeeded && !outcome.superseded;
    switch (outcome.kind) {
    case request_kind::join:
        end_join(outcome, lasts);
        if (waiting_for_join_.erase(outcome.group) && subscriptions_.contains(outcome.group)) {
            add(action::resubscribe, outcome.group);
        }
        return false;
    case request_kind::leave:
        // It was tried again and came after a subscription, which the service has ended with the membership.
        if (outcome.status == request_status::succeeded && subscriptions_.contains(outcome.group)) {
            unsubscribe(outcome.group);
        }
        return false;
    case request_kind::subscribe:
        if (lasts) {
            subscriptions_.set(outcome.group);
        } else if (!outcome.superseded && !subscriptions_.contains(outcome.group)) {
            add(action::forget_states, outcome.group);
        }
        return false;
    case request_kind::rejoin: handle_rejoin(outcome); return true;
    case request_kind::resubscribe: handle_resubscription(outcome); return true;
    default: return false;
    }
}

WEBPUBSUB_COLD_DECL void memberships::handle_rejoin(const request_outcome& outcome) {
    add(action::release, outcome.group);
    // Of what is no longer wanted, at the end of the client too, nobody needs to know.
    if (outcome.superseded || !groups_.contains(outcome.group)) return;
    // Of one that was not answered nothing is known: the next connection tries again, unless that is what breaks it.
    const bool over = outcome.status == request_status::failed || outcome.breaks_transports;
    const bool subscribed = subscriptions_.contains(outcome.group);
    if (outcome.status != request_status::succeeded) {
        tell_failed<client_events::rejoin_failed>(outcome);
    }
    if (!over) {
        if (subscribed) add(action::resubscribe, outcome.group);
        return;
    }
    leave(outcome.group);
    if (subscribed) tell_failed<client_events::resubscribe_failed>(outcome);
}

WEBPUBSUB_COLD_DECL void memberships::handle_resubscription(const request_outcome& outcome) {
    if (outcome.superseded || outcome.status == request_status::succeeded || !subscriptions_.contains(outcome.group)) {
        return;
    }
    if (outcome.status == request_status::failed || outcome.breaks_transports) unsubscribe(outcome.group);
    tell_failed<client_events::resubscribe_failed>(outcome);
}

WEBPUBSUB_COLD_DECL void memberships::handle_link(link_change change) {
    switch (change) {
    case link_change::up:
        waiting_for_join_.clear();
        for (const auto* each = groups_.first(); each != nullptr; each = groups_.next_after(each->name())) {
            add(action::rejoin, each->name());
        }
        // Of a group that was joined by the token, only the subscription is to be restored.
        for (const auto* each = subscriptions_.first(); each != nullptr;
             each = subscriptions_.next_after(each->name())) {
            if (!groups_.contains(each->name())) add(action::resubscribe, each->name());
        }
        break;
    case link_change::replaced:
    case link_change::replaced_after_rejected_frame:
        if (options_.rejoin) break;
        groups_.clear();
        for (const auto* each = subscriptions_.first(); each != nullptr;
             each = subscriptions_.next_after(each->name())) {
            add(action::forget_states, each->name());
        }
        subscriptions_.clear();
        break;
    case link_change::stopped:
        groups_.clear();
        subscriptions_.clear();
        waiting_for_join_.clear();
        break;
    default: break;
    }
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::client_parts
