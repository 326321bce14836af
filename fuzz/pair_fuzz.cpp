// SPDX-License-Identifier: MIT

// Clients and a hub over links that are cut, hang and fail requests, with options at their extremes: the small world of
// tests/exploration, in which the input decides what is asked for and what happens next. The promises of that world
// hold in every state, and when the faults end everything comes to rest, if the options let it.

#include "any_options.hpp"
#include "op_codes.hpp"

#include "exploration/describe.hpp"
#include "exploration/promises.hpp"
#include "exploration/rest.hpp"
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

worlds::operation any_operation(op_codes& ops) {
    const auto group = ops.one_in(3) ? worlds::other_group : worlds::the_group;
    const auto stream = ops.one_in(3) ? std::string_view("t") : std::string_view("s");
    switch (ops.below(17)) {
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
    case 15: return ask::cancel();
    default: return ask::unsubscribe(group);
    }
}

/// Without what keeps a client from coming back, or a connection from lasting.
client_options client_options_that_last(op_codes& ops) {
    auto o = any_client_options(ops, worlds::small_client_options());
    o.connect.first_delay = std::min<duration>(o.connect.first_delay, std::chrono::minutes(1));
    // What has failed as often as it may, and may be answered once more, waits for the answer to something later.
    if (o.requests.timeout.value_or(duration::max()) == duration::max()) {
        o.requests.max_retries = client_options().requests.max_retries;
    }
    // A connection on which nothing is asked for in time.
    if (!o.keep_alive.interval) o.keep_alive.timeout.reset();
    if (o.keep_alive.timeout && *o.keep_alive.timeout <= *o.keep_alive.interval) {
        o.keep_alive.interval = std::chrono::seconds(1);
        o.keep_alive.timeout = std::chrono::seconds(2);
    }
    return o;
}

worlds::scenario any_scenario(op_codes& ops) {
    worlds::scenario plan;
    plan.client = client_options_that_last(ops);
    plan.hub = any_hub_options(ops, worlds::small_hub_options());
    plan.hub.application.report_memberships = true;
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

    std::string text() const { return worlds::describe_seen(world_); }

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
} // namespace webpubsub::inline WEBPUBSUB_MODE::fuzz

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
