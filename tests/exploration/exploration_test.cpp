// SPDX-License-Identifier: MIT
#include "exploration/explore.hpp"

#include <chrono>
#include <cstdint>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

using member = scenario::member;

constexpr std::uint64_t every_state = 0;
constexpr std::uint64_t sampled = 60'000;

std::uint8_t cuts_of_a_day() { return is_full() ? 2 : 1; }

} // namespace

TEST_CASE("every state of two reliable JSON clients and a link that is cut") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), {ask::join(), ask::send()}),
                    member(reliable_json_codec(), {ask::send()}, true)};
    plan.cuts = cuts_of_a_day();
    const auto all = explore("three operations", plan, every_state);
    CHECK(all.recovered > 0);
    CHECK(all.fenced > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("every state of two reliable JSON clients and links that are cut twice") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), {ask::join()}), member(reliable_json_codec(), {ask::send()}, true)};
    plan.cuts = 2;
    const auto all = explore("two cuts", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.fenced > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("every state of two reliable JSON clients whose time may pass early") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), {ask::join(), ask::send()}), member(reliable_json_codec(), {}, true)};
    plan.early_timeouts = 1;
    const auto all = explore("early timers", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("every state of a reliable JSON client that joins and leaves") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), {ask::join(), ask::leave()}),
                    member(reliable_json_codec(), {ask::send()}, true)};
    plan.cuts = cuts_of_a_day();
    const auto all = explore("join and leave", plan, every_state);
    CHECK(all.recovered > 0);
    CHECK(all.replaced > 0);
    CHECK(all.lost_acks > 0);
}

TEST_CASE("every state of a plain JSON client and a reliable one") {
    scenario plan;
    plan.members = {member(json_codec(), {ask::join(), ask::send()}).resending(),
                    member(reliable_json_codec(), {ask::send()}, true)};
    const auto all = explore("plain and reliable", plan, every_state);
    CHECK(all.recovered > 0);
    CHECK(all.replaced > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.perhaps_twice > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("every state of two reliable protobuf clients") {
    scenario plan;
    plan.members = {member(reliable_protobuf_codec(), {ask::send()}, true),
                    member(reliable_protobuf_codec(), {ask::send_forbidden()})};
    plan.cuts = 2;
    // The hub waits longer than the client for its keep-alive, so that a half-open transport can be recovered from.
    plan.hub.recovery.window = std::chrono::seconds(20);
    const auto all = explore("reliable protobuf", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.failed > 0);
}
