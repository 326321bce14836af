// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/keep_alive.hpp>

#include "support/catch.hpp"

#include <chrono>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace std::chrono_literals;

namespace {

const steady_time start{1h};

keep_alive made(std::optional<duration> interval, std::optional<duration> timeout) {
    return keep_alive(client_keep_alive_options{interval, timeout});
}

} // namespace

TEST_CASE("pings come at their interval and a silent peer is given up") {
    auto k = made(20s, 50s);
    CHECK_FALSE(k.deadline());
    k.start(start);
    CHECK(k.deadline() == start + 20s);
    CHECK_FALSE(k.handle_timeout(start + 19s));
    CHECK_FALSE(k.ping_due());
    CHECK_FALSE(k.handle_timeout(start + 20s));
    CHECK(k.ping_due());
    k.begin_ping();
    CHECK_FALSE(k.ping_due());
    k.handle_received(start + 21s);
    CHECK_FALSE(k.handle_timeout(start + 40s));
    CHECK_FALSE(k.handle_timeout(start + 60s));
    CHECK(k.deadline() == start + 71s);
    CHECK_FALSE(k.handle_timeout(start + 70s));
    CHECK(k.handle_timeout(start + 71s));
}

TEST_CASE("stopped, it has no deadline and nothing to send") {
    auto k = made(20s, 50s);
    k.start(start);
    CHECK_FALSE(k.handle_timeout(start + 20s));
    k.stop();
    k.ask_without_limit();
    CHECK_FALSE(k.deadline());
    CHECK_FALSE(k.ping_due());
    CHECK_FALSE(k.handle_timeout(start + 1h));
    k.start(start + 1h);
    CHECK(k.deadline() == start + 1h + 20s);
}

TEST_CASE("either half may be off") {
    auto only_pings = made(20s, std::nullopt);
    only_pings.start(start);
    CHECK_FALSE(only_pings.handle_timeout(start + 24h));
    CHECK(only_pings.ping_due());
    auto only_timeout = made(std::nullopt, 50s);
    only_timeout.start(start);
    CHECK(only_timeout.deadline() == start + 50s);
    CHECK(only_timeout.handle_timeout(start + 50s));
    CHECK_FALSE(only_timeout.ping_due());
    auto neither = made(std::nullopt, std::nullopt);
    neither.start(start);
    CHECK_FALSE(neither.deadline());
    auto never = made(duration::max(), duration::max());
    never.start(start);
    CHECK(never.deadline() == steady_time::max());
}

TEST_CASE("a question wants something within its limit") {
    auto k = made(20s, 50s);
    k.start(start);
    k.ask(start, 5s);
    CHECK(k.ping_due());
    CHECK(k.deadline() == start + 5s);
    SECTION("which comes") {
        k.handle_received(start + 4s);
        CHECK_FALSE(k.handle_timeout(start + 5s));
        CHECK(k.deadline() == start + 20s);
    }
    SECTION("or not") { CHECK(k.handle_timeout(start + 5s)); }
}

TEST_CASE("while nothing is read, and once afterwards, silence is excused") {
    auto k = made(std::nullopt, 50s);
    k.start(start);
    k.set_reading(false);
    CHECK_FALSE(k.handle_timeout(start + 50s));
    CHECK(k.deadline() == start + 100s);
    CHECK_FALSE(k.handle_timeout(start + 100s));
    SECTION("resumed, it has its time again") {
        k.set_reading(true);
        CHECK_FALSE(k.handle_timeout(start + 150s));
        CHECK(k.handle_timeout(start + 200s));
    }
    SECTION("what is received then is the end of the excuse") {
        k.set_reading(true);
        k.handle_received(start + 101s);
        CHECK(k.handle_timeout(start + 151s));
    }
    SECTION("the next transport has none") {
        k.start(start + 100s);
        CHECK(k.handle_timeout(start + 150s));
    }
}
