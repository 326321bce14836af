// SPDX-License-Identifier: MIT
#include "exploration/exploration.hpp"

#include "support/catch.hpp"
#include "support/sanitized.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string_view>

using namespace webpubsub;
using namespace webpubsub::tests;

namespace {

/// WEBPUBSUB_EXPLORE=full takes minutes instead of seconds.
bool is_full() {
    const char* const text = std::getenv("WEBPUBSUB_EXPLORE");
    return text != nullptr && std::string_view(text) == "full";
}

constexpr bool is_sanitized() {
#ifdef WEBPUBSUB_TEST_SANITIZED
    return true;
#else
    return false;
#endif
}

exploration_totals explore(const char* name, scenario plan) {
    if (is_sanitized()) {
        plan.cuts = 1;
        plan.early_timeouts = 0;
    }
    exploration_totals all;
    try {
        all = exploration(plan).run();
    } catch (const std::exception& broken) {
        FAIL(name << ": " << broken.what());
    }
    WARN(name << ": " << all.states << " distinct states, " << all.steps << " steps between them, at most "
              << all.longest << " in a row; of the " << all.settled << " settled states " << all.recovered
              << " after a recovery, " << all.fenced << " after one that the hub did not expect yet, "
              << all.recovery_refused << " after a refused one, " << all.replaced << " with a new connection, "
              << all.lost_acks << " with a lost ack, " << all.repeated_messages << " with repeated messages, "
              << all.unknown_outcomes << " with an unknown outcome, " << all.perhaps_twice
              << " with one that was resent, " << all.forbidden << " with a refused request");
    CHECK(all.settled > 0);
    return all;
}

} // namespace

TEST_CASE("every state of two reliable JSON clients and a link that is cut") {
    const auto all = explore("three operations", {{{
                                                      {reliable_json_codec(), {operation::join, operation::send}},
                                                      {reliable_json_codec(), {operation::send}, true},
                                                  }},
                                                  std::uint8_t(is_full() ? 2 : 1),
                                                  0});
    CHECK(all.recovered > 0);
    CHECK(all.fenced > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("every state of two reliable JSON clients and links that are cut twice") {
    const auto all = explore("two cuts", {{{
                                              {reliable_json_codec(), {operation::join}},
                                              {reliable_json_codec(), {operation::send}, true},
                                          }},
                                          2,
                                          0});
    CHECK(all.recovered > 0);
    CHECK(all.fenced > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("every state of two reliable JSON clients whose time may pass early") {
    const auto all = explore("early timers", {{{
                                                  {reliable_json_codec(), {operation::join, operation::send}},
                                                  {reliable_json_codec(), {}, true},
                                              }},
                                              1,
                                              1});
    CHECK(all.recovered > 0);
    CHECK(all.recovery_refused > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("every state of a reliable JSON client that joins and leaves") {
    const auto all = explore("join and leave", {{{
                                                    {reliable_json_codec(), {operation::join, operation::leave}},
                                                    {reliable_json_codec(), {operation::send}, true},
                                                }},
                                                std::uint8_t(is_full() ? 2 : 1),
                                                0});
    CHECK(all.recovered > 0);
    CHECK(all.replaced > 0);
    CHECK(all.lost_acks > 0);
}

TEST_CASE("every state of a plain JSON client and a reliable one") {
    const auto all = explore("plain and reliable", {{{
                                                        {json_codec(), {operation::join, operation::send}, false, true},
                                                        {reliable_json_codec(), {operation::send}, true},
                                                    }},
                                                    1,
                                                    0});
    CHECK(all.recovered > 0);
    CHECK(all.replaced > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.perhaps_twice > 0);
    CHECK(all.unknown_outcomes > 0);
}

TEST_CASE("every state of two reliable protobuf clients") {
    // The hub waits longer than the client for its keep-alive, so that a half-open transport can be recovered from.
    const auto all = explore("reliable protobuf", {{{
                                                       {reliable_protobuf_codec(), {operation::send}, true},
                                                       {reliable_protobuf_codec(), {operation::send_forbidden}},
                                                   }},
                                                   2,
                                                   0,
                                                   true,
                                                   std::chrono::seconds(20)});
    CHECK(all.recovered > 0);
    CHECK(all.lost_acks > 0);
    CHECK(all.repeated_messages > 0);
    CHECK(all.forbidden > 0);
}
