// SPDX-License-Identifier: MIT
#include "defects/client_bench.hpp"

#include <set>

// How a client comes back: what counts as a recovery, how long an attempt may take, and when attempts are made.

using namespace webpubsub;
using namespace webpubsub::client_events;
using namespace webpubsub::tests;
using namespace std::chrono_literals;

TEST_CASE("defect 9: a recovery into silence is no recovery") {
    client_bench b;
    b.connect();
    // From now on every transport opens, and nothing is ever heard on it.
    b.on_open = [&] { b.opened(); };
    b.closed();
    b.pass(1h);
    CHECK(b.count<recovered>() == 0);
    CHECK(b.count<disconnected>() == 1);
    // New connections are tried, which have no parameters of a recovery in their URL.
    CHECK(b.opens.back().url.find("awps_connection_id") == std::string::npos);
}

TEST_CASE("defect 9: a ping goes out at once after a recovery") {
    client_bench b;
    b.connect();
    b.closed();
    b.opened();
    b.pass(500ms);
    CHECK(b.writings("ping") == 1);
    CHECK(b.count<recovered>() == 0);
    b.receive(R"({"type":"pong"})");
    CHECK(b.count<recovered>() == 1);
}

TEST_CASE("defect 10: an attempt to recover that hangs does not use up the recovery window") {
    client_bench b;
    b.connect();
    b.closed();
    REQUIRE(b.opens.size() == 2);
    // Nobody ever answers the attempts but the second.
    b.pass(15s);
    REQUIRE(b.opens.size() >= 3);
    b.establish("c1");
    CHECK(b.count<recovered>() == 1);
    CHECK(b.count<disconnected>() == 0);
}

namespace {

/// How long after the loss of their connections a hundred clients ask for a transport, attempt by attempt.
std::vector<std::set<duration>> attempts_of_a_hundred(std::uint16_t loss, std::size_t attempts) {
    std::vector<std::set<duration>> delays(attempts);
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        client_bench b(client_setup{.seed = seed, .first_delays = true});
        b.connect();
        b.pass(10s);
        const auto lost = b.now;
        const auto before = b.opens.size();
        b.closed(loss);
        b.on_open = [&] { b.open_failed(503); };
        b.settle();
        b.pass(25s);
        for (std::size_t i = 0; i < attempts && before + i < b.opens.size(); ++i) {
            delays[i].insert(b.opens[before + i].at - lost);
        }
    }
    return delays;
}

} // namespace

TEST_CASE("defect 11: clients whose connections are lost together do not come back together") {
    SECTION("to recover them") {
        for (const auto& delays : attempts_of_a_hundred(close_code::abnormal, 4)) CHECK(delays.size() >= 50);
    }
    SECTION("to replace them") {
        for (const auto& delays : attempts_of_a_hundred(close_code::normal, 4)) CHECK(delays.size() >= 50);
    }
}

TEST_CASE("defect 11: the first attempt to recover has a small delay at most") {
    const auto first = attempts_of_a_hundred(close_code::abnormal, 1).front();
    REQUIRE_FALSE(first.empty());
    CHECK(*first.rbegin() <= 1s);
}

TEST_CASE("defect 11: a client can't be made without a source of randomness") {
    CHECK_FALSE(std::is_constructible_v<client, const codec&>);
    CHECK_FALSE(std::is_constructible_v<client, const codec&, client_options>);
}

TEST_CASE("defect 12: frames that wait win over timers that are overdue after a suspension") {
    client_bench b(client_setup{.request_timeout = 120s});
    b.connect();
    const auto sent = b.send("e");
    b.written();
    b.suspend(1h);
    // The transport was not dropped but asked, and what had been sent meanwhile is in the socket's buffer.
    REQUIRE(b.closes.empty());
    CHECK(b.written() == strings{"ping"});
    b.receive(ack(*sent));
    b.receive(group_text(1, "hello"));
    CHECK(b.outcome(sent) == "succeeded");
    CHECK(b.count<group_message>() == 1);
    CHECK(b.count<recovering>() == 0);
    b.receive(R"({"type":"pong"})");
    b.pass(30s);
    CHECK(b.closes.empty());
}

TEST_CASE("defect 12: a transport that is dead after a suspension is noticed soon") {
    client_bench b;
    b.connect();
    b.suspend(1h);
    REQUIRE(b.closes.empty());
    // What waits has 5 s to be read, and the answer to the ping as long.
    b.pass(12s);
    CHECK(b.closes.size() == 1);
    CHECK(b.count<recovering>() == 1);
}
