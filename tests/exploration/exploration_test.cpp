// SPDX-License-Identifier: MIT
#include "exploration/explore.hpp"

#include <chrono>
#include <cstdint>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

using member = scenario::member;

constexpr std::uint64_t sampled = 60'000;

} // namespace

TEST_CASE("every state of two reliable JSON clients and a link that is cut") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), {ask::join(), ask::send()}),
                    member(reliable_json_codec(), {ask::send()}, true)};
    const auto all = explore_all("three operations", plan, 20'000);
    CHECK(all.recovered > 0);
    CHECK(all.fenced > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("two reliable JSON clients and links that are cut twice") {
    scenario plan;
    plan.members = {member(reliable_json_codec(), {ask::join()}), member(reliable_json_codec(), {ask::send()}, true)};
    plan.cuts = 2;
    const auto all = is_full() ? explore_all("two cuts", plan, 340'000) : explore("two cuts", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.fenced > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("two reliable JSON clients whose time may pass early") {
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
    const auto all = explore_all("join and leave", plan, 13'000);
    CHECK(all.recovered > 0);
    CHECK(all.replaced > 0);
    CHECK(all.lost_acks > 0);
}

TEST_CASE("every state of a plain JSON client and a reliable one") {
    scenario plan;
    plan.members = {member(json_codec(), {ask::join(), ask::send()}).resending(),
                    member(reliable_json_codec(), {ask::send()}, true)};
    const auto all = explore_all("plain and reliable", plan, 28'000);
    CHECK(all.recovered > 0);
    CHECK(all.replaced > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.perhaps_twice > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("two reliable protobuf clients") {
    scenario plan;
    plan.members = {member(reliable_protobuf_codec(), {ask::send()}, true),
                    member(reliable_protobuf_codec(), {ask::send_forbidden()})};
    plan.cuts = 2;
    // The hub waits longer than the client for its keep-alive, so that a half-open transport can be recovered from.
    plan.hub.recovery.window = std::chrono::seconds(20);
    const auto all =
        is_full() ? explore_all("reliable protobuf", plan, 290'000) : explore("reliable protobuf", plan, sampled);
    CHECK(all.recovered > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.failed > 0);
}
