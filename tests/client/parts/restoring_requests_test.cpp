// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/requests.hpp>

#include "client/parts/requests_bench.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

// What restores groups on a new connection, and what a later request of a group does to an earlier one.

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace webpubsub::tests;
using namespace std::chrono_literals;
using kind = request_kind;
using strings = std::vector<std::string>;
using bench = requests_bench;

TEST_CASE("what restores goes first, in a window of its own, and waits for no retry on a new connection") {
    bench b(calm(), 2);
    b.event("event");
    for (const auto* group : {"f", "g", "h"}) b.add(kind::rejoin, group, std::string("join ") + group);
    CHECK(b.r.pending() == 1);
    CHECK(b.write() == strings{"join f", "join g", "event"});
    CHECK(b.r.has(kind::rejoin, "h"));
    CHECK_FALSE(b.r.has(kind::resubscribe, "h"));
    b.ack(ack_id{2});
    CHECK(b.write() == strings{"join h"});
    b.ack(ack_id{4}, "InternalServerError");
    CHECK(b.write().empty());
    b.replace();
    CHECK(b.write() == strings{"join g", "join h"});
}

TEST_CASE("groups are joined again before a subscription from an earlier connection, one at a time too") {
    bench b;
    b.add(kind::resubscribe, "g", "subscribe to g");
    b.write();
    // Two losses in a row without a sign that anything was read.
    for (int i = 0; i < 2; ++i) {
        b.r.handle_link(link_change::down);
        b.r.handle_link(link_change::recovering);
        b.r.handle_link(link_change::recovered);
        b.write();
    }
    b.r.handle_link(link_change::down);
    b.r.handle_link(link_change::replaced);
    b.add(kind::rejoin, "h", "join h");
    b.r.handle_link(link_change::up);
    CHECK(b.write() == strings{"join h"});
    b.ack(ack_id{2});
    CHECK(b.write() == strings{"subscribe to g"});
}

TEST_CASE("what needs a membership waits for the rejoin of its group") {
    bench b;
    b.add(kind::set_state, "g", "early state");
    b.r.hold_group("g");
    b.add(kind::rejoin, "g", "join g");
    CHECK(b.write() == strings{"join g"});
    b.add(kind::subscribe, "g", "subscribe");
    b.add(kind::subscribe, "h", "of another group");
    b.add(kind::leave, "g", "leave");
    CHECK(b.write() == strings{"of another group", "leave"});
    b.r.release_group("g");
    CHECK(b.write() == strings{"early state", "subscribe"});
    // A new connection holds nothing until it is told to.
    b.r.hold_group("g");
    b.add(kind::set_state, "g", "held");
    b.replace();
    const auto written = b.write();
    CHECK(written.back() == "held");
}

TEST_CASE("what a later request of the group makes pointless is not tried again") {
    struct row {
        kind earlier, later;
        bool superseded;
    };
    const auto [earlier, later, superseded] = GENERATE(values<row>({{kind::join, kind::leave, true},
                                                                    {kind::leave, kind::join, true},
                                                                    {kind::subscribe, kind::unsubscribe, true},
                                                                    {kind::unsubscribe, kind::subscribe, true},
                                                                    {kind::subscribe, kind::leave, true},
                                                                    {kind::set_state, kind::set_state, true},
                                                                    {kind::set_state, kind::leave, true},
                                                                    {kind::set_state, kind::subscribe, false},
                                                                    {kind::join, kind::subscribe, false}}));
    bench b;
    b.add(earlier, "g", "earlier");
    b.write();
    b.ack(ack_id{1}, "InternalServerError");
    b.add(later, "g", "later");
    b.add(later, "another", "elsewhere");
    b.write();
    b.pass(10s);
    CHECK(b.write() == (superseded ? strings{} : strings{"earlier"}));
    CHECK(b.outcome() == (superseded ? "1 failed superseded" : ""));
}

TEST_CASE("what would restore a group that was left between two connections is not written on the next one") {
    const auto [restores, wish] = GENERATE(table<kind, kind>(
        {{kind::rejoin, kind::leave}, {kind::resubscribe, kind::leave}, {kind::resubscribe, kind::unsubscribe}}));
    const auto fate = GENERATE("unanswered", "failed", "never written");
    CAPTURE(fate);
    bench b;
    if (fate != std::string_view("never written")) {
        b.add(restores, "g", "restores");
        b.write();
    }
    if (fate == std::string_view("failed")) b.ack(ack_id{1}, "InternalServerError");
    b.r.handle_link(link_change::down);
    b.r.handle_link(link_change::replaced);
    if (fate == std::string_view("never written")) b.add(restores, "g", "restores");
    b.add(wish, "g", "wish");
    b.add(kind::rejoin, "h", "first");
    b.r.handle_link(link_change::up);
    CHECK(b.write() == strings{"first", "wish"});
    CHECK_THAT(b.outcome(), Catch::Matchers::Contains("superseded"));
}
