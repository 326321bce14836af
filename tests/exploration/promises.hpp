// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/small_world.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace webpubsub::tests {

/// What each connection of a client got is what the witness saw during its membership, up to some point; `complete` if
/// that point is the end.
inline void check_messages(const small_world& world, std::size_t i, bool complete) {
    const auto& hub_saw = world.seen_by_hub();
    for (const auto& e : world.seen_by_client(i).epochs) {
        std::size_t got = 0;
        for (const auto& m : hub_saw.memberships) {
            if (m.connection != e.connection) continue;
            for (auto k = m.begin; k < std::min(m.end, hub_saw.witnessed.size()); ++k) {
                if (got == e.received.size()) {
                    require(!complete || e.lost, "a member gets every message or its connection is lost");
                    return;
                }
                require(e.received[got] == hub_saw.witnessed[k], "a member gets each message once and in order");
                ++got;
            }
        }
        require(got == e.received.size(), "a member gets nothing else");
    }
}

inline bool is_opposite(operation one, operation other) {
    return (one == operation::join && other == operation::leave) ||
           (one == operation::leave && other == operation::join);
}

inline void check_requests(const small_world& world, std::size_t i) {
    const auto& hub_saw = world.seen_by_hub();
    const auto& client_saw = world.seen_by_client(i);
    const auto resends = world.plan().members[i].resends;
    for (const auto& r : client_saw.requests) {
        const auto is = [&](request_status status) { return r.outcome && r.outcome->status == status; };
        if (r.what == operation::join && is(request_status::succeeded)) {
            require(std::any_of(client_saw.epochs.begin(), client_saw.epochs.end(),
                                [&](const auto& e) { return hub_saw.was_member(e.connection); }),
                    "a join that succeeded took effect");
        }
        if (r.what == operation::join || r.what == operation::leave) {
            // A later one of the other kind makes it pointless.
            const bool superseded = std::any_of(&r, client_saw.requests.data() + client_saw.requests.size(),
                                                [&](const auto& later) { return is_opposite(r.what, later.what); });
            require(superseded || (!is(request_status::outcome_unknown) && !is(request_status::not_sent)),
                    "what may be repeated is repeated");
            continue;
        }
        const auto effects = hub_saw.effects(r.payload);
        const bool may_be_duplicate = resends && (!r.outcome || r.outcome->may_be_duplicate);
        require(effects <= (may_be_duplicate ? client_saw.epochs.size() : 1), "a message is not sent twice");
        if (r.what == operation::send_forbidden) {
            require(effects == 0, "what is forbidden has no effect");
            require(!is(request_status::succeeded), "what is forbidden does not succeed");
        } else {
            require(!is(request_status::failed), "what is allowed does not fail");
        }
        require(!is(request_status::succeeded) || effects >= 1, "what succeeded took effect");
        require(!is(request_status::failed) || effects == 0, "what failed took no effect");
        require(!is(request_status::not_sent) || effects == 0, "what was not sent took no effect");
    }
}

/// What holds in every state.
inline void check_always(const small_world& world) {
    for (std::size_t i = 0; i < client_count; ++i) {
        check_messages(world, i, false);
        check_requests(world, i);
    }
}

/// What holds besides when nothing is left to do.
inline void check_settled(const small_world& world) {
    for (std::size_t i = 0; i < client_count; ++i) {
        const auto& machine = world.client_at(i);
        const auto& plan = world.plan().members[i];
        const auto& client_saw = world.seen_by_client(i);
        check_messages(world, i, true);
        for (const auto& r : client_saw.requests) require(r.outcome.has_value(), "every request has an outcome");
        require(client_saw.up && !client_saw.recovering, "a client knows that it is connected");
        require(world.the_hub().connection_exists(machine.connection_id()), "a client's connection exists");
        const auto last = std::find_if(client_saw.requests.rbegin(), client_saw.requests.rend(), [](const auto& r) {
            return r.what == operation::join || r.what == operation::leave;
        });
        const bool wanted = last == client_saw.requests.rend() ? plan.is_in_group : last->what == operation::join;
        require(world.the_hub().is_in_group(machine.connection_id(), the_group) == wanted,
                "a client is in the groups that it joined");
        require(last == client_saw.requests.rend() || machine.is_in_group(the_group) == wanted,
                "a client knows its groups");
    }
}

/// Lets time pass, in one of the ways in which it may.
inline void rest(small_world& world, duration time) {
    const auto end = world.now() + time;
    for (;;) {
        world.calm_down();
        bool calm = false;
        const auto next = world.actions(calm);
        if (next.empty() || (calm && world.next_timeout(next.front()) > end)) return;
        world.take(next.front());
    }
}

/// What is settled stays so.
inline void check_rest(small_world world) {
    const auto connections = [&] {
        return world.client_at(0).connection_id() + " " + world.client_at(1).connection_id();
    };
    const auto before = connections();
    rest(world, world.plan().recovery_window + std::chrono::seconds(1));
    require(world.is_settled() && connections() == before, "settled connections last");
    check_always(world);
    check_settled(world);
}

inline void check_stopped(small_world world) {
    world.stop();
    for (std::size_t i = 0; i < client_count; ++i) {
        const auto& client_saw = world.seen_by_client(i);
        require(client_saw.stopped && !client_saw.up, "a stopped client says so");
        require(!world.client_at(i).poll_timeout(), "a stopped client has no timer");
        for (const auto& r : client_saw.requests) require(r.outcome.has_value(), "every request has an outcome");
    }
}

} // namespace webpubsub::tests
