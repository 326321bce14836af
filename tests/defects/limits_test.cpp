// SPDX-License-Identifier: MIT
#include "defects/hub_bench.hpp"
#include "support/sanitized.hpp"

// Durations at their extremes, in a hub. Those of a client are in client_limits_test.cpp.

using namespace webpubsub;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

// A sanitizer ends a program in which a signed number overflows, as all of these do today.
#ifndef WEBPUBSUB_TEST_SANITIZED

namespace {

constexpr duration longest = duration::max();

} // namespace

TEST_CASE("defect 20: the longest duration of a hub is not at once", "[!shouldfail]") {
    SECTION("event_timeout") {
        hub_bench b(hub_setup{.event_timeout = longest});
        const auto client = b.connect(b.plain);
        b.text(client, R"({"type":"event","event":"e","ackId":1,"dataType":"text","data":"x"})");
        REQUIRE(b.events.size() == 1);
        b.pass(1h);
        CHECK(b.take(client).empty());
    }
    SECTION("recovery_window") {
        hub_bench b(hub_setup{.recovery_window = longest});
        const auto client = b.connect(b.reliable);
        b.gone(client);
        b.pass(1h);
        CHECK(b.exists(client));
    }
    SECTION("open_timeout") {
        hub_bench b(hub_setup{.open_timeout = longest});
        const auto client = b.admit_only();
        b.pass(1h);
        CHECK_FALSE(b.close_code_of(client));
    }
    SECTION("stream_idle_timeout") {
        hub_bench b(hub_setup{.stream_idle_timeout = longest});
        const auto client = b.connect(b.plain);
        b.text(client, R"({"type":"sendToGroup","group":"g","stream":{"streamId":"s"}})");
        b.take(client);
        b.pass(1h);
        CHECK(b.take(client).empty());
    }
    SECTION("close_timeout") {
        hub_bench b(hub_setup{.close_timeout = longest});
        const auto client = b.connect(b.plain, {}, {"g"});
        b.stall(client);
        REQUIRE(b.send_to_group("g", "x"));
        const auto held = b.hold_write(client);
        REQUIRE(b.close_connection(client));
        b.pass(1h);
        CHECK_FALSE(b.close_code_of(client));
    }
    SECTION("token_lifetime") {
        hub_bench b(hub_setup{.token_lifetime = std::chrono::hours::max()});
        const auto client = b.connect(b.reliable);
        b.gone(client);
        const auto again = b.recover(client);
        CHECK_FALSE(b.close_code_of(again));
        CHECK(b.exists(client));
    }
}

#endif
