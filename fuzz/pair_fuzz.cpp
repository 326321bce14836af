// SPDX-License-Identifier: MIT

// Clients and a hub over links that are cut, hang and fail requests, with options at their extremes: the small world of
// tests/exploration, in which the input decides what is asked for and what happens next. The promises of that world
// hold in every state, and when the faults end everything comes to rest, if the options let it.

#include "op_codes.hpp"

#include "exploration/describe.hpp"
#include "exploration/promises.hpp"
#include "exploration/small_world.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::fuzz {
namespace {

namespace worlds = webpubsub::tests;
namespace ask = webpubsub::tests::ask;

/// None, zero, the least and the most that there is, and what is usual.
std::optional<duration> any_limit(op_codes& ops, duration usual, bool zero_allowed) {
    switch (ops.below(8)) {
    case 0: return std::nullopt;
    case 1: return duration::max();
    case 2: return zero_allowed ? duration::zero() : std::chrono::milliseconds(1);
    case 3: return std::chrono::milliseconds(1);
    default: return usual;
    }
}

duration any_time(op_codes& ops, duration usual, bool zero_allowed) {
    return any_limit(ops, usual, zero_allowed).value_or(usual);
}

/// Nothing, one, many, and what is usual.
template <class Number>
Number any_number(op_codes& ops, Number least, Number usual) {
    switch (ops.below(4)) {
    case 0: return least;
    case 1: return std::max<Number>(least, 1);
    default: return usual;
    }
}

client_options any_client_options(op_codes& ops) {
    auto o = worlds::small_client_options();
    o.connect.stable_time = any_time(ops, o.connect.stable_time, false);
    o.connect.handshake_timeout = any_limit(ops, *o.connect.handshake_timeout, false);
    // Who waits for ever does not come back.
    o.connect.first_delay = std::min<duration>(any_time(ops, duration::zero(), true), std::chrono::minutes(1));
    o.recovery.enabled = !ops.one_in(8);
    o.recovery.window = any_time(ops, o.recovery.window, true);
    o.recovery.attempt_timeout = any_time(ops, o.recovery.attempt_timeout, true);
    o.recovery.confirmation = any_time(ops, o.recovery.confirmation, true);
    o.keep_alive.interval = any_limit(ops, *o.keep_alive.interval, false);
    o.keep_alive.timeout = any_limit(ops, *o.keep_alive.timeout, false);
    if (o.keep_alive.interval) o.keep_alive.interval = std::max<duration>(*o.keep_alive.interval, std::chrono::seconds(1));
    // A connection on which nothing is asked for in time does not last.
    if (!o.keep_alive.interval) o.keep_alive.timeout.reset();
    if (o.keep_alive.timeout && *o.keep_alive.timeout <= *o.keep_alive.interval) {
        o.keep_alive.interval = std::chrono::seconds(1);
        o.keep_alive.timeout = std::chrono::seconds(2);
    }
    o.requests.timeout = any_limit(ops, *o.requests.timeout, false);
    o.requests.max_in_flight = any_number<std::size_t>(ops, 1, 1000);
    o.requests.max_retries = any_number(ops, 0u, 3u);
    o.requests.max_writes = any_number(ops, 1u, 5u);
    o.sequence_ack.interval = any_time(ops, o.sequence_ack.interval, true);
    o.sequence_ack.messages = any_number<std::uint64_t>(ops, 0, 128);
    o.publisher.max_fragments = any_number<std::size_t>(ops, 1, 256);
    o.subscriber.max_streams = any_number<std::size_t>(ops, 1, 1000);
    o.invocations.timeout = any_limit(ops, std::chrono::seconds(20), true);
    o.window.messages = any_number<std::size_t>(ops, 0, 16);
    if (ops.one_in(4)) o.window = {std::nullopt, std::nullopt, std::nullopt};
    o.events.report_states = ops.one_in(2);
    return o;
}

hub_options any_hub_options(op_codes& ops) {
    auto o = worlds::small_hub_options();
    o.recovery.enabled = !ops.one_in(8);
    o.recovery.window = any_limit(ops, *o.recovery.window, true);
    o.timeouts.answer = any_limit(ops, *o.timeouts.answer, true);
    o.queues.window.messages = any_number<std::uint32_t>(ops, 0, 16);
    o.queues.stall_time = any_limit(ops, *o.queues.stall_time, true);
    o.queues.slow_after = any_limit(ops, *o.queues.slow_after, true);
    return o;
}

worlds::operation any_operation(op_codes& ops) {
    const auto group = ops.one_in(3) ? worlds::other_group : worlds::the_group;
    const auto stream = ops.one_in(3) ? std::string_view("t") : std::string_view("s");
    switch (ops.below(16)) {
    case 0:
    case 1: return ask::join(group);
    case 2: return ask::leave(group);
    case 3: return ask::send(group);
    case 4: return ask::send_forbidden();
    case 5:
    case 6: return ask::event();
    case 7: return ask::invoke();
    case 8:
    case 9: return ask::open(stream);
    case 10:
    case 11: return ask::write(stream);
    case 12: return ask::end(stream);
    case 13: return ask::set_state(group);
    case 14: return ask::subscribe(group);
    default: return ask::unsubscribe(group);
    }
}

worlds::scenario any_scenario(op_codes& ops) {
    worlds::scenario plan;
    plan.client = any_client_options(ops);
    plan.hub = any_hub_options(ops);
    for (std::size_t i = 1 + ops.below(2); i != 0; --i) {
        worlds::scenario::member member(ops.pick(codecs()).client);
        for (auto n = 4 + ops.below(28); n != 0; --n) member.script.push_back(any_operation(ops));
        // Streams of one id from two publishers can't be told apart.
        if (!plan.members.empty()) std::erase_if(member.script, [](const auto& o) { return o.is_of_stream(); });
        member.is_in_group = ops.one_in(2);
        member.resends = ops.one_in(2);
        plan.members.push_back(std::move(member));
    }
    plan.cuts = plan.early_timeouts = 255;
    plan.failures = static_cast<std::uint8_t>(ops.below(4));
    plan.refusals = static_cast<std::uint8_t>(ops.below(3));
    plan.answers_at_once = ops.one_in(2);
    plan.settles = false;
    return plan;
}

class world {
public:
    /// `told`: every step is printed.
    world(op_codes ops, bool told) : ops_(ops), plan_(any_scenario(ops_)), world_(plan_, bytes_), told_(told) {}

    void run() {
        for (int steps = 0; !ops_.empty() && steps < 2000; ++steps) {
            bool calm = false;
            const auto next = world_.actions(calm);
            if (next.empty()) break;
            take(next[ops_.below(next.size())]);
        }
        come_to_rest();
        worlds::check_stopped(world_);
    }

    std::string text() const {
        return worlds::describe(world_);
    }

private:
    void take(const worlds::action& a) {
        if (told_) std::fprintf(stderr, "  %s\n", worlds::describe(world_, a).c_str());
        world_.take(a);
        worlds::check_always(world_);
    }

    /// Without limits of time, what was cut in silence and what nobody answers would stay so.
    void come_to_rest() {
        world_.reveal_cuts();
        for (int steps = 0; steps < 3000; ++steps) {
            bool calm = false;
            world_.calm_down();
            const auto next = world_.actions(calm);
            if (calm && world_.is_settled()) {
                worlds::check_settled(world_);
                return;
            }
            if (next.empty()) return;
            // Answers stand behind the timers, and would otherwise come too late.
            const auto answer = std::find_if(next.begin(), next.end(), [](const worlds::action& a) {
                return a.kind == worlds::action::what::answer;
            });
            take(calm && answer != next.end() ? *answer : next.front());
        }
        worlds::require(false, "the world comes to rest");
    }

    op_codes ops_;
    worlds::scenario plan_;
    worlds::counted_bytes bytes_;
    worlds::small_world world_;
    bool told_;
};

} // namespace
} // namespace webpubsub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // What breaks a promise is run once more, to tell how.
    for (const bool told : {false, true}) {
        webpubsub::fuzz::world world(webpubsub::fuzz::op_codes({data, size}), told);
        try {
            world.run();
            return 0;
        } catch (const std::exception& broken) {
            if (!told) continue;
            std::fprintf(stderr, "%s", world.text().c_str());
            webpubsub::fuzz::fail(broken.what());
        }
    }
    return 0;
}
