// SPDX-License-Identifier: MIT
#pragma once

#include "exploration/describe_seen.hpp"
#include "exploration/small_world.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::tests {

inline std::string describe(const packet& p) {
    const auto printable = [](std::string_view bytes) {
        std::string text;
        for (const char c : bytes) text.push_back(c >= ' ' && c <= '~' ? c : '.');
        return text;
    };
    switch (p.kind) {
    case packet::what::open: return "open " + *p.bytes;
    case packet::what::opened: return "opened";
    case packet::what::close: return "close " + std::to_string(p.code) + " " + *p.bytes;
    case packet::what::frame: break;
    }
    return printable(*p.bytes);
}

/// What an action is in the state in which it is taken.
inline std::string describe(const small_world& world, const action& a) {
    using what = action::what;
    const auto link_name = [&] {
        const auto& l = world.links()[a.at];
        return "transport " + std::to_string(number_of(l.client_side)) + " of " + client_name(l.client);
    };
    const auto at = [](std::optional<steady_time> when) {
        const auto since = when.value_or(steady_time{}) - small_world::beginning;
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
        return "the timer at " + std::to_string(ms) + " ms";
    };
    switch (a.kind) {
    case what::operate: return client_name(a.at) + " is asked to " + text_of(world.next_operation(a.at));
    case what::deliver_up: return link_name() + ", to the hub: " + describe(world.links()[a.at].up.front());
    case what::fail_up: return link_name() + ", failed: " + describe(world.links()[a.at].up.front());
    case what::answer:
    case what::refuse:
        return "the application " + std::string(a.kind == what::answer ? "answers " : "refuses ") +
               world.hub_side().questions[a.at].payload;
    case what::deliver_down: return link_name() + ", to the client: " + describe(world.links()[a.at].down.front());
    case what::cut:
    case what::cut_half_open:
        return link_name() + " is cut" + (a.kind == what::cut ? "" : ", and the client never learns");
    case what::client_learns: return link_name() + ": the client learns that it was cut";
    case what::hub_learns: return link_name() + ": the hub learns that it was cut";
    case what::client_timeout: return client_name(a.at) + ", " + at(world.client_at(a.at).poll_timeout());
    case what::hub_timeout: break;
    }
    return "the hub, " + at(world.the_hub().poll_timeout());
}

} // namespace webpubsub::tests
