// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/client_observations.hpp"
#include "exploration/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace webpubsub::tests {

/// A later call that makes this one pointless.
inline bool is_superseded(const client_observations& saw, const client_observations::call& c) {
    using verb = operation::verb;
    return std::any_of(&c + 1, saw.calls.data() + saw.calls.size(), [&](const auto& later) {
        if (later.what.where != c.what.where) return false;
        switch (later.what.what) {
        case verb::leave: return c.what.what == verb::join || c.what.what == verb::leave || c.what.needs_membership();
        case verb::join: return c.what.what == verb::leave || c.what.what == verb::join;
        default: return later.what.needs_membership() && c.what.needs_membership();
        }
    });
}

template <class World>
void check_membership_call(const World& world, std::size_t i, const client_observations::call& c) {
    const auto& saw = world.seen_by_client(i);
    if (c.what.what == operation::verb::join && c.is(request_status::succeeded)) {
        require(
            std::any_of(saw.epochs.begin(), saw.epochs.end(),
                        [&](const auto& e) {
                            return world.seen_by_hub().ever_joined.contains({e.connection, std::string(c.what.where)});
                        }),
            "a join that succeeded took effect");
    }
    // One that transports are lost with again and again is given up.
    const bool given_up = c.writings >= world.plan().client.requests.max_writes;
    if (is_superseded(saw, c) || given_up || !world.plan().settles) return;
    require(!c.is(request_status::outcome_unknown) && !c.is(request_status::not_sent),
            "what may be repeated is repeated");
    require(!c.is(request_status::failed), "a group can be joined and left");
}

template <class World>
void check_message_call(const World& world, std::size_t i, const client_observations::call& c) {
    const auto& plan = world.plan();
    const bool is_event = c.what.what == operation::verb::event;
    const auto effects = world.seen_by_hub().count(c.payload);
    const bool may_be_duplicate = plan.members[i].resends && (!c.outcome || c.outcome->may_be_duplicate);
    require(effects <= (may_be_duplicate ? world.seen_by_client(i).epochs.size() : 1), "a message is not sent twice");
    if (c.what.what == operation::verb::send_forbidden) {
        require(effects == 0, "what is forbidden has no effect");
        require(!c.is(request_status::succeeded), "what is forbidden does not succeed");
    } else if (plan.settles && (!is_event || plan.answers_at_once)) {
        require(!c.is(request_status::failed), "what is allowed does not fail");
    }
    require(!c.is(request_status::succeeded) || effects >= 1, "what succeeded took effect");
    require(!c.is(request_status::failed) || effects == 0 || may_be_duplicate || !plan.settles,
            "what failed took no effect");
    require(!c.is(request_status::not_sent) || effects == 0, "what was not sent took no effect");
}

template <class World>
void check_invocation(const World& world, const client_observations::call& c) {
    using status = client_events::invocation_status;
    const auto effects = world.seen_by_hub().count(c.payload);
    require(effects <= 1, "an invocation is executed once at most");
    if (!c.answer) return;
    require(c.cancelled == (c.answer->status == status::cancelled), "what was cancelled ends so");
    switch (c.answer->status) {
    case status::succeeded:
        require(effects == 1 && c.answer->data && c.answer->data->bytes == c.payload,
                "an answer is that of its invocation");
        break;
    case status::failed:
    case status::not_sent: require(effects == 0, "what failed or was not sent took no effect"); break;
    default: break;
    }
}

/// Messages and events take effect in the order of their calls, if none is refused.
template <class World>
void check_order_of_effects(const World& world, std::size_t i) {
    const auto& plan = world.plan();
    if (!plan.settles || plan.failures != 0 || plan.refusals != 0 || !plan.answers_at_once || plan.members[i].resends)
        return;
    const auto& effects = world.seen_by_hub().effects;
    auto last = effects.begin();
    for (const auto& c : world.seen_by_client(i).calls) {
        if (!c.what.is_message()) continue;
        const auto place = std::find(effects.begin(), effects.end(), c.payload);
        if (place == effects.end()) continue;
        require(place >= last, "messages and events take effect in the order of their calls");
        last = place;
    }
}

template <class World>
void check_calls(const World& world, std::size_t i) {
    using verb = operation::verb;
    const auto& plan = world.plan();
    const auto attempts = world.client_at(i).counters().attempts;
    for (const auto& c : world.seen_by_client(i).calls) {
        require(!plan.settles || c.is_calm() || c.is_stream() || world.now() - c.asked <= plan.outcome_bound,
                "a call has its outcome within a bound");
        require(c.writings <= attempts + plan.client.requests.max_retries, "a call is not written again and again");
        switch (c.what.what) {
        case verb::join:
        case verb::leave: check_membership_call(world, i, c); break;
        case verb::send:
        case verb::send_forbidden:
        case verb::event: check_message_call(world, i, c); break;
        case verb::invoke: check_invocation(world, c); break;
        default: break;
        }
    }
    check_order_of_effects(world, i);
}

} // namespace webpubsub::tests
