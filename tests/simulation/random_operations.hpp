// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/testing/random.hpp>

#include "exploration/scenario.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace webpubsub::tests {

/// What there is more of in a run; nothing is missing in either.
enum class mix : std::uint8_t { messages, streams };

/// Streams of a client. Two clients do not share an id, and each uses its own again and again.
inline constexpr std::array<std::array<std::string_view, 2>, 4> stream_ids{
    {{"a-s", "a-t"}, {"b-s", "b-t"}, {"c-s", "c-t"}, {"d-s", "d-t"}}};

/// The next thing that happens of itself in a simulation.
struct step {
    enum class kind : std::uint8_t { ask, send_quietly, application_sends, answer, hang, unreachable };
    kind what = kind::ask;
    operation asked{};
};

inline step random_step(webpubsub::testing::random& chance, mix what, std::size_t client) {
    using verb = operation::verb;
    struct weighted {
        step::kind what;
        verb asked;
        unsigned messages;
        unsigned streams;
    };
    constexpr auto asks = step::kind::ask;
    static constexpr std::array<weighted, 19> choices{{
        {asks, verb::send, 30, 6},
        {asks, verb::send_forbidden, 4, 1},
        {asks, verb::join, 12, 3},
        {asks, verb::leave, 4, 2},
        {asks, verb::event, 14, 4},
        {asks, verb::invoke, 6, 12},
        {asks, verb::cancel, 1, 3},
        {asks, verb::open, 4, 11},
        {asks, verb::write, 9, 36},
        {asks, verb::end, 2, 7},
        {asks, verb::abort, 1, 2},
        {asks, verb::set_state, 4, 10},
        {asks, verb::subscribe, 3, 2},
        {asks, verb::unsubscribe, 1, 1},
        {step::kind::send_quietly, verb::send, 3, 1},
        {step::kind::application_sends, verb::send, 6, 2},
        {step::kind::answer, verb::event, 6, 4},
        {step::kind::hang, verb::send, 1, 1},
        {step::kind::unreachable, verb::send, 2, 2},
    }};
    unsigned all = 0;
    for (const auto& each : choices) all += what == mix::messages ? each.messages : each.streams;
    auto left = chance.below(all);
    const weighted* chosen = choices.data();
    for (; left >= (what == mix::messages ? chosen->messages : chosen->streams); ++chosen) {
        left -= what == mix::messages ? chosen->messages : chosen->streams;
    }
    operation asked{chosen->asked, chance.below(3) == 0 ? other_group : the_group, false};
    if (asked.is_of_stream()) asked.where = stream_ids[client][chance.below(2)];
    if (asked.what == verb::event || asked.what == verb::invoke || asked.what == verb::cancel) asked.where = "e";
    if (asked.what == verb::send_forbidden) asked.where = "forbidden";
    if (asked.what == verb::send) asked.no_echo = chance.chance(0.3);
    return {chosen->what, asked};
}

} // namespace webpubsub::tests
