// SPDX-License-Identifier: MIT
#include <webpubsub/client/parts/outbox.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace webpubsub;
using namespace webpubsub::client_parts;
using namespace std::chrono_literals;
using writer = outbox::writer;

namespace {

const steady_time now{1h};

constexpr offer call(ticket at) { return {write_order::by_ticket, at}; }
constexpr offer streaming{write_order::streaming, 0};

} // namespace

TEST_CASE("tickets count the calls") {
    outbox o({});
    CHECK(o.draw_ticket() == 1);
    CHECK(o.draw_ticket() == 2);
}

TEST_CASE("sequence acks and pings go first, then what restores, then the oldest call") {
    outbox o({});
    CHECK(o.choose({}) == writer::none);
    outbox::offers all;
    all.stream_start = call(2);
    CHECK(o.choose(all) == writer::stream_start);
    all.invocations = call(1);
    CHECK(o.choose(all) == writer::invocations);
    all.requests = offer{write_order::restoring, 9};
    all.stream = streaming;
    CHECK(o.choose(all) == writer::requests);
    all.ping = true;
    CHECK(o.choose(all) == writer::ping);
    all.sequence_ack = true;
    CHECK(o.choose(all) == writer::sequence_ack);
}

TEST_CASE("two sequence acks do not follow each other while something else waits") {
    outbox o({});
    o.begin_write(now, writer::sequence_ack, 1);
    outbox::offers all;
    all.sequence_ack = true;
    CHECK(o.choose(all) == writer::sequence_ack);
    all.requests = call(1);
    CHECK(o.choose(all) == writer::requests);
    o.begin_write(now, writer::requests, 1);
    CHECK(o.choose(all) == writer::sequence_ack);
}

TEST_CASE("open streams take turns with the calls") {
    outbox o({});
    outbox::offers all;
    all.requests = call(1);
    all.stream = streaming;
    std::vector<writer> order;
    for (int i = 0; i < 4; ++i) {
        order.push_back(o.choose(all));
        o.begin_write(now, order.back(), 1);
    }
    CHECK(order == std::vector{writer::stream, writer::requests, writer::stream, writer::requests});
}

TEST_CASE("the window is closed by messages or by bytes, and opened by what is written") {
    outbox o({3, 100});
    CHECK(o.has_room());
    o.begin_write(now, writer::requests, 1);
    o.begin_write(now, writer::requests, 1);
    CHECK(o.has_room());
    o.begin_write(now, writer::requests, 1);
    CHECK_FALSE(o.has_room());
    CHECK(o.handle_written(now, 1));
    CHECK(o.has_room());
    o.begin_write(now, writer::requests, 200);
    CHECK_FALSE(o.has_room());
    CHECK(o.handle_written(now, 2));
    CHECK_FALSE(o.has_room());
    CHECK(o.under_way() == 1);
    // More than there are.
    CHECK_FALSE(o.handle_written(now, 2));
    CHECK(o.under_way() == 0);
    CHECK(o.has_room());
}

TEST_CASE("one message may be under way however small the window is") {
    outbox o({0, 0});
    CHECK(o.has_room());
    o.begin_write(now, writer::ping, 1);
    CHECK_FALSE(o.has_room());
}

TEST_CASE("without a window nothing is counted") {
    outbox o({std::nullopt, std::nullopt});
    for (int i = 0; i < 1000; ++i) o.begin_write(now, writer::ping, 1 << 20);
    CHECK(o.has_room());
    CHECK(o.under_way() == 0);
    CHECK(o.handle_written(now, 5));
    CHECK_FALSE(o.deadline());
}

TEST_CASE("a write that is never reported is told once a transport") {
    outbox o({16, std::nullopt, 30s});
    CHECK_FALSE(o.deadline());
    o.begin_write(now, writer::ping, 1);
    o.begin_write(now + 1s, writer::ping, 1);
    CHECK(o.deadline() == now + 30s);
    // The next one is under way since the one before it was over.
    CHECK(o.handle_written(now + 20s, 1));
    CHECK(o.deadline() == now + 50s);
    CHECK_FALSE(o.handle_timeout(now + 49s));
    CHECK(o.handle_timeout(now + 50s)->code == errc::write_not_completed);
    CHECK_FALSE(o.deadline());
    CHECK_FALSE(o.handle_timeout(now + 1h));
    o.handle_link(link_change::down);
    CHECK(o.under_way() == 0);
    o.begin_write(now + 1h, writer::ping, 1);
    CHECK(o.deadline() == now + 1h + 30s);
    CHECK_FALSE(outbox::check({1, 1, -1s}));
}
