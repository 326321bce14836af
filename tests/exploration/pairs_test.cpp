// SPDX-License-Identifier: MIT
#include "exploration/explore.hpp"

#include <chrono>
#include <cstdint>

// Small worlds in which features meet: the table of feature pairs says which.

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

using member = scenario::member;

constexpr std::uint64_t sampled = 60'000;

} // namespace

TEST_CASE("two groups, a leave, an event, failures that pass and recoveries") {
    scenario plan;
    plan.members = {
        member(reliable_json_codec(), {ask::join("g"), ask::join("h"), ask::leave("g"), ask::send("h"), ask::event()})};
    plan.failures = 1;
    const auto all = explore("groups", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.replaced > 0);
    CHECK(all.retried > 0);
    CHECK(all.lost_acks > 0);
}

TEST_CASE("an invocation beside a rejoin, an event and messages, answered early, late or never") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), {ask::join("g"), ask::invoke(), ask::event(), ask::send("g"),
                                                   ask::invoke(), ask::cancel()})};
    plan.answers_at_once = false;
    plan.refusals = 1;
    const auto all = explore("invocations", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.replaced > 0);
    CHECK(all.answered > 0);
    CHECK(all.unanswered > 0);
    CHECK(all.failed > 0);
}

TEST_CASE("two streams of which one uses an id again, with a join, a message and a failure that passes") {
    scenario plan;
    plan.members = {member(reliable_protobuf_codec(), {ask::join("g"), ask::open("s"), ask::write("s"), ask::write("s"),
                                                       ask::end("s"), ask::open("t"), ask::write("t"), ask::send("g"),
                                                       ask::open("s"), ask::write("s"), ask::end("s")}),
                    member(reliable_json_codec(), {}, true).promptly()};
    plan.failures = 1;
    const auto all = explore("streams", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.replaced > 0);
    CHECK(all.streams_ended > 0);
    CHECK(all.streams_lost > 0);
}

TEST_CASE("a group state and a subscription beside a leave, a join, an event and failures that pass") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), {ask::join("g"), ask::subscribe("g"), ask::set_state("g"),
                                                   ask::leave("g"), ask::join("g"), ask::event()}),
                    member(reliable_protobuf_codec(), {ask::subscribe("g"), ask::set_state("g")}, true).promptly()};
    plan.failures = 1;
    const auto all = explore("states", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.replaced > 0);
    CHECK(all.retried > 0);
}

TEST_CASE("a plain client with a group, a state, a stream, an invocation and an event loses its connection") {
    scenario plan;
    plan.members = {member(json_codec(), {ask::join("g"), ask::subscribe("g"), ask::open("s"), ask::write("s"),
                                          ask::invoke(), ask::set_state("g"), ask::event()})
                        .resending()};
    plan.failures = 1;
    const auto all = explore("plain", plan, sampled);
    CHECK(all.replaced > 0);
    CHECK(all.recovered == 0);
    CHECK(all.retried > 0);
    CHECK(all.perhaps_twice > 0);
    CHECK(all.streams_lost > 0);
}

TEST_CASE("recoveries that hang, are silent or are cut, with a message, an event, an invocation and a stream") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), {ask::join("g"), ask::send("g"), ask::event(), ask::invoke(),
                                                   ask::open("s"), ask::write("s"), ask::end("s")})};
    plan.cuts = 2;
    plan.hub.recovery.window = std::chrono::seconds(20);
    const auto all = explore("silence", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.streams_ended > 0);
    CHECK(all.unanswered > 0);
}

TEST_CASE("a leave beside streams, an invocation, an event and a state, with answers that come late") {
    scenario plan;
    plan.members = {
        member(reliable_protobuf_codec(), {ask::join("g"), ask::subscribe("g"), ask::open("s"), ask::write("s"),
                                           ask::set_state("g"), ask::invoke(), ask::end("s"), ask::event(),
                                           ask::open("s"), ask::write("s"), ask::send("g"), ask::leave("g")})};
    plan.failures = 1;
    plan.answers_at_once = false;
    const auto all = explore("leave", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.replaced > 0);
    CHECK(all.retried > 0);
    CHECK(all.streams_ended > 0);
    CHECK(all.streams_lost > 0);
    CHECK(all.answered > 0);
    CHECK(all.unanswered > 0);
}

TEST_CASE("everything at once, on every subprotocol") {
    std::uint64_t another = 0;
    for (const auto& form : all_codecs()) {
        scenario plan;
        plan.members = {
            member(form, {ask::join("g"),  ask::join("h"),        ask::subscribe("g"), ask::open("s"), ask::write("s"),
                          ask::send("g"),  ask::event(),          ask::set_state("g"), ask::end("s"),  ask::invoke(),
                          ask::leave("h"), ask::cancel(),         ask::open("t"),      ask::open("s"), ask::write("s"),
                          ask::write("t"), ask::send_forbidden(), ask::leave("g"),     ask::end("s"),  ask::join("g"),
                          ask::send("h")}),
            member(reliable_json_codec(),
                   {ask::subscribe("g"), ask::set_state("g"), ask::send("g"), ask::event(), ask::open("u"),
                    ask::write("u"), ask::join("h")},
                   true)};
        plan.cuts = 3;
        plan.early_timeouts = 2;
        plan.failures = 3;
        plan.refusals = 1;
        plan.answers_at_once = false;
        const auto all = explore(form.protocol().name.data(), plan, sampled, ++another);
        CHECK(all.replaced > 0);
        CHECK(all.retried > 0);
        CHECK((form.protocol().reliable ? all.recovered > 0 : true));
    }
}
