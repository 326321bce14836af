// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/promises.hpp"
#include "exploration/small_world.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace webpubsub::tests {

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
        std::string ids;
        for (std::size_t i = 0; i < world.client_count(); ++i) ids += world.client_at(i).connection_id();
        return ids;
    };
    const auto before = connections();
    rest(world, world.plan().hub.recovery.window.value_or(duration::zero()) + std::chrono::seconds(1));
    require(world.is_settled() && connections() == before, "settled connections last");
    check_always(world);
    check_settled(world);
}

inline void check_stopped(small_world world) {
    world.stop();
    for (std::size_t i = 0; i < world.client_count(); ++i) {
        const auto& saw = world.seen_by_client(i);
        require(saw.stopped && !saw.up, "a stopped client says so");
        require(!world.client_at(i).poll_timeout(), "a stopped client has no timer");
        for (const auto& c : saw.calls) require(c.is_over(), "every call has an outcome");
    }
}

} // namespace webpubsub::tests
