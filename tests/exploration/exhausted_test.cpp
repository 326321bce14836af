// SPDX-License-Identifier: MIT
#include "exploration/explore.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <vector>

// Worlds with five features and more that are small enough to be searched to the end: one operation of a kind where one
// is enough, asked for in bursts, and one fault of a kind. The table of feature pairs says which holds which pair.

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

using member = scenario::member;

using bursts = std::initializer_list<std::initializer_list<operation>>;

/// More can happen between smaller bursts, so a full run has those.
std::vector<operation> script(bursts of_a_day, bursts of_a_full_run) {
    return ask::bursts(is_full() ? of_a_full_run : of_a_day);
}

/// The application is late with one answer.
void answer_late(scenario& plan) {
    plan.answers_at_once = false;
    plan.late_answers = 1;
    plan.refusals = 1;
}

} // namespace

TEST_CASE("every state of a group state and its subscription beside a message, an event, a leave and a failure") {
    scenario plan;
    plan.members = {member(
        reliable_json_codec(),
        script({{ask::join(), ask::subscribe(), ask::set_state()}, {ask::send(), ask::event(), ask::leave()}},
               {{ask::join(), ask::subscribe(), ask::set_state()}, {ask::send()}, {ask::event(), ask::leave()}}))};
    plan.failures = 1;
    const auto all = explore_all("state and leave", plan, 65'000);
    CHECK(all.recovered > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.replaced > 0);
    CHECK(all.retried > 0);
    CHECK(all.lost_acks > 0);
}

TEST_CASE("every state of a stream whose id is used again beside a message, an event and a failure") {
    scenario plan;
    plan.members = {member(reliable_protobuf_codec(), script({{ask::join(), ask::open(), ask::write()},
                                                              {ask::send(), ask::end(), ask::event()},
                                                              {ask::open(), ask::write(), ask::end()}},
                                                             {{ask::join(), ask::open(), ask::write()},
                                                              {ask::send(), ask::end()},
                                                              {ask::event()},
                                                              {ask::open(), ask::write(), ask::end()}}))};
    plan.failures = 1;
    const auto all = explore_all("streams", plan, 101'000);
    CHECK(all.recovered > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.retried > 0);
    CHECK(all.streams_ended > 0);
    CHECK(all.streams_lost > 0);
}

TEST_CASE("every state of invocations and an event, answered late, refused, cancelled or never, and a leave") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), script({{ask::join(), ask::invoke()},
                                                          {ask::event(), ask::send()},
                                                          {ask::invoke(), ask::cancel(), ask::leave()}},
                                                         {{ask::join(), ask::invoke()},
                                                          {ask::event()},
                                                          {ask::send()},
                                                          {ask::invoke(), ask::cancel(), ask::leave()}}))};
    answer_late(plan);
    const auto all = explore_all("invocations", plan, 136'000);
    CHECK(all.recovered > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.answered > 0);
    CHECK(all.unanswered > 0);
    CHECK(all.retried > 0);
}

TEST_CASE("every state of a stream, a state and an invocation, of which a leave ends some") {
    scenario plan;
    plan.members = {
        member(reliable_protobuf_codec(), script({{ask::join(), ask::subscribe(), ask::open(), ask::write()},
                                                  {ask::set_state(), ask::invoke(), ask::end()},
                                                  {ask::open(), ask::write(), ask::end(), ask::leave()}},
                                                 {{ask::join(), ask::subscribe(), ask::open(), ask::write()},
                                                  {ask::set_state()},
                                                  {ask::invoke(), ask::end()},
                                                  {ask::open(), ask::write()},
                                                  {ask::end(), ask::leave()}}))};
    const auto all = explore_all("stream, state, leave", plan, 52'000);
    CHECK(all.recovered > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.streams_ended > 0);
    CHECK(all.streams_lost > 0);
    CHECK(all.answered > 0);
    CHECK(all.unanswered > 0);
}

TEST_CASE("every state of a plain client that sends again, with a stream, an invocation, a state and a failure") {
    scenario plan;
    plan.members = {member(json_codec(), script({{ask::join(), ask::subscribe(), ask::open(), ask::write(), ask::end(),
                                                  ask::invoke(), ask::set_state(), ask::event()}},
                                                {{ask::join(), ask::subscribe(), ask::open(), ask::write(), ask::end()},
                                                 {ask::invoke(), ask::set_state(), ask::event()}}))
                        .resending()};
    plan.failures = 1;
    const auto all = explore_all("plain", plan, 254'000);
    CHECK(all.recovered == 0);
    CHECK(all.replaced > 0);
    CHECK(all.perhaps_twice > 0);
    CHECK(all.retried > 0);
    CHECK(all.streams_lost > 0);
}

TEST_CASE("every state of an event answered late between two streams of one id, with a leave and a failure") {
    scenario plan;
    plan.members = {member(reliable_protobuf_codec(),
                           script({{ask::join(), ask::open(), ask::write(), ask::end(), ask::event(), ask::open(),
                                    ask::write(), ask::end(), ask::leave()}},
                                  {{ask::join(), ask::open(), ask::write(), ask::end()},
                                   {ask::event(), ask::open(), ask::write(), ask::end(), ask::leave()}}))};
    plan.failures = 1;
    answer_late(plan);
    const auto all = explore_all("late and streams", plan, 303'000);
    CHECK(all.recovered > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.retried > 0);
    CHECK(all.streams_ended > 0);
    CHECK(all.streams_lost > 0);
}

TEST_CASE("every state of a state, a message, an invocation and an event, answered late, with a failure") {
    scenario plan;
    plan.members = {
        member(reliable_json_codec(), script({{ask::join(), ask::subscribe(), ask::set_state(), ask::send(),
                                               ask::invoke(), ask::event(), ask::leave()}},
                                             {{ask::join(), ask::subscribe(), ask::set_state(), ask::send()},
                                              {ask::invoke(), ask::event(), ask::leave()}}))};
    plan.failures = 1;
    answer_late(plan);
    const auto all = explore_all("late and states", plan, 106'000);
    CHECK(all.recovered > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.answered > 0);
    CHECK(all.unanswered > 0);
    CHECK(all.retried > 0);
}

TEST_CASE("every state of two cuts, also of the recovery, with a message, an event, an invocation and a stream") {
    scenario plan;
    plan.members = {member(
        reliable_json_codec(),
        script({{ask::join(), ask::send(), ask::event(), ask::invoke(), ask::open(), ask::write(), ask::end()}},
               {{ask::join(), ask::send(), ask::event(), ask::invoke()}, {ask::open(), ask::write(), ask::end()}}))};
    plan.cuts = 2;
    // The hub waits longer than the client for its keep-alive, so that a half-open transport can be recovered from.
    plan.hub.recovery.window = std::chrono::seconds(20);
    const auto all = explore_all("two cuts", plan, 181'000);
    CHECK(all.recovered > 0);
    CHECK(all.fenced > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.streams_ended > 0);
    CHECK(all.unanswered > 0);
}

TEST_CASE("every state of two groups, one left and joined again, with a message, an event and a failure") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), script({{ask::join(), ask::join("h")},
                                                          {ask::leave(), ask::join()},
                                                          {ask::send(), ask::leave("h"), ask::event()}},
                                                         {{ask::join(), ask::join("h")},
                                                          {ask::leave(), ask::join()},
                                                          {ask::send()},
                                                          {ask::leave("h"), ask::event()}}))};
    plan.failures = 1;
    const auto all = explore_all("two groups", plan, 215'000);
    CHECK(all.recovered > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.retried > 0);
}

TEST_CASE("an order of steps that is left out leads to nothing new") {
    scenario plan;
    plan.members = {
        member(reliable_json_codec(), ask::bursts({{ask::join(), ask::event(), ask::send()}, {ask::invoke()}}))};
    answer_late(plan);
    exploration reduced(plan);
    exploration whole(plan);
    whole.reduce_nothing();
    const std::uint64_t most = is_sanitized() ? 2000 : 1'000'000;
    const auto some = reduced.run(most);
    const auto all = whole.run(most);
    if (is_sanitized()) return;
    CHECK(some.frontier + all.frontier == 0);
    CHECK(some.settled == all.settled);
    CHECK(some.settled_print == all.settled_print);
    CHECK(some.states * 4 < all.states * 3);
}
