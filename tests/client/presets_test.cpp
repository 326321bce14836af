// SPDX-License-Identifier: MIT
#include <webpubsub/client/presets.hpp>

#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::client_orders;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

namespace {

client_driver driven(client_options options) {
    options = calm_options(std::move(options));
    options.url = with_url().url;
    return reliable_client(std::move(options));
}

/// The pauses before the attempts to reconnect of a client that was connected once.
std::vector<duration> pauses(client_options options, int count) {
    auto d = driven(std::move(options));
    d.connect();
    d.wait(10s);
    d.closed(close_code::policy_violation);
    std::vector<duration> found;
    for (int i = 0; i < count; ++i) {
        d.forget();
        d.open_failed(503);
        const auto failed = d.take<connect_failed>();
        if (!failed || !failed->retry_in) break;
        found.push_back(*failed->retry_in);
        d.wait(found.back());
    }
    return found;
}

} // namespace

TEST_CASE("official clients give up when the first connection fails") {
    for (const auto& options :
         {client_presets::javascript(), client_presets::dotnet(), client_presets::java(), client_presets::python()}) {
        auto d = driven(options);
        d.start();
        d.open_failed(503);
        CHECK(d.count<connect_failed>() == 1);
        CHECK(d.c.state() == client_state::stopped);
    }
    auto d = driven({});
    d.start();
    d.open_failed(503);
    CHECK(d.c.state() == client_state::connecting);
}

TEST_CASE("presets wait before they connect again as the official clients do") {
    CHECK(pauses(client_presets::javascript(), 4) == std::vector<duration>{1s, 1s, 1s, 1s});
    CHECK(pauses(client_presets::dotnet(), 4) == std::vector<duration>{1s, 2s, 4s, 5s});
    CHECK(pauses(client_presets::python(), 4) == std::vector<duration>{800ms, 1600ms});
    const auto java = pauses(client_presets::java(), 8);
    REQUIRE(java.size() == 8);
    CHECK(java.back() >= 64s);
    CHECK(java.back() <= 128s);
}

TEST_CASE("presets acknowledge what they receive as the official clients do") {
    const auto acks_after = [](client_options options, duration time) {
        auto d = driven(std::move(options));
        d.connect();
        d.receive(group_text(1, "x"));
        d.wait(time);
        return d.sent.size();
    };
    CHECK(acks_after(client_presets::javascript(), 1s) == 1);
    CHECK(acks_after(client_presets::dotnet(), 1s) == 1);
    CHECK(acks_after(client_presets::java(), 4s) == 0);
    CHECK(acks_after(client_presets::java(), 5s) == 1);
}

TEST_CASE("only the JavaScript client pings") {
    for (const auto& [options, pings] :
         {std::pair(client_presets::javascript(), true), std::pair(client_presets::dotnet(), false),
          std::pair(client_presets::specification(), false)}) {
        auto d = driven(options);
        d.connect();
        d.wait(21s);
        CHECK(d.pings == (pings ? 1 : 0));
        CHECK(d.sent.empty());
    }
}

TEST_CASE("the specification sets no limit of time but that of recovery") {
    auto d = driven(client_presets::specification());
    d.start();
    CHECK_FALSE(d.c.poll_timeout());
    d.connect();
    d.wait(24h);
    REQUIRE(d.c.state() == client_state::connected);
    d.closed(close_code::abnormal);
    d.wait(29s);
    CHECK(d.c.state() == client_state::recovering);
    d.wait(1s);
    CHECK(d.c.state() == client_state::connecting);
}
