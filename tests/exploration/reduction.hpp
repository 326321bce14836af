// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/action.hpp"
#include "exploration/link.hpp"
#include "exploration/small_world.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

// Steps of different machines that do not touch what the other one reads lead to the same state in either order, so
// one order is enough. What is left out here are states between such steps: each machine still sees every history that
// it could see, and every state in which the world can come to rest is still reached. A promise is about what a client
// was told and what the hub had done before, so one that is broken between is broken as well where the client is first.

namespace webpubsub::tests {

/// A cut is felt by one of the ends before anything else happens. What is under way when a link is cut may still
/// arrive, so what arrives between the cut and the first end's learning of it may as well arrive before the cut; and
/// what the ends send between is lost in any case, since the second one may learn of the cut before it arrives.
inline const link* cut_unfelt(const small_world& world) {
    for (const auto& l : world.links()) {
        if (l.cut && l.client_can_learn() && l.hub_can_learn()) return &l;
    }
    return nullptr;
}

/// A client that something has arrived at, and that acts before the hub does. The hub reads what the client sends in
/// the order in which it was sent, and only adds to the end of what is on the way to the client; so whatever the hub
/// and other clients do next, they could do after the client's next step as well, and that step would be the same. This
/// holds as long as time stands still, and the client's own timers are not due.
inline bool acts_first(const small_world& world, const link& l) {
    if (!l.client_has_it() || l.down.empty() || world.plan().early_timeouts != 0) return false;
    const auto timer = world.client_at(l.client).poll_timeout();
    return !timer || *timer > world.now();
}

inline bool is_step_of(const small_world& world, const action& a, std::size_t client) {
    using what = action::what;
    switch (a.kind) {
    case what::operate: return a.at == client;
    case what::deliver_down:
    case what::client_learns:
    case what::cut:
    case what::cut_half_open: return world.links()[a.at].client == client;
    default: return false;
    }
}

/// Leaves out actions that lead to nothing that the others don't lead to.
inline void reduce(const small_world& world, std::vector<action>& actions) {
    using what = action::what;
    const auto& links = world.links();
    if (const auto* felt = cut_unfelt(world)) {
        std::erase_if(actions, [&](const action& a) {
            return (a.kind != what::client_learns && a.kind != what::hub_learns) || &links[a.at] != felt;
        });
        return;
    }
    const auto first = std::find_if(links.begin(), links.end(), [&](const link& l) { return acts_first(world, l); });
    if (first == links.end()) return;
    std::erase_if(actions, [&](const action& a) { return !is_step_of(world, a, first->client); });
}

} // namespace webpubsub::tests
